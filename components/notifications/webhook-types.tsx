"use client";

import { typeGroups } from "#components/notifications/webhook-words.ts";
import { CheckboxField } from "#components/ui/checkbox.tsx";
import { eventTypes } from "#lib/events/event-types.ts";

/** The events that a webhook is told of, in groups, each with what it means. */
export function WebhookTypes({ value, onChange }: { value: readonly string[]; onChange: (types: string[]) => void }) {
  const toggle = (type: string, chosen: boolean) => onChange(chosen ? [...value, type] : value.filter((each) => each !== type));
  return (
    <div className="flex flex-col gap-5 rounded-lg border border-border bg-surface p-4">
      {typeGroups.map(({ title, types }) => (
        <fieldset key={title} className="flex flex-col gap-3">
          <legend className="pb-3 text-sm font-medium text-muted">{title}</legend>
          {types.map((type) => (
            <CheckboxField
              key={type}
              label={<code className="font-mono [overflow-wrap:anywhere]">{type}</code>}
              help={eventTypes[type].summary}
              checked={value.includes(type)}
              onCheckedChange={(chosen) => toggle(type, chosen === true)}
            />
          ))}
        </fieldset>
      ))}
    </div>
  );
}
