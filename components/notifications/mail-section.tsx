"use client";

import { useState } from "react";
import { TestMailButton } from "#components/notifications/test-mail.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { useApiMutation, useApiQuery } from "#components/shared/use-api.ts";
import { Callout } from "#components/ui/callout.tsx";
import { Mono } from "#components/ui/mono.tsx";
import { Section } from "#components/ui/page-header.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { SwitchField } from "#components/ui/switch.tsx";
import { eventGroups, type EventName, eventTypes } from "#lib/events/event-types.ts";
import type { MailChoice } from "#lib/mail/schemas.ts";

/** What is mailed to the person at the screen: their own choice, which nobody else makes. */
export function MailSection() {
  const query = useApiQuery<MailChoice>("/notifications/mail");
  return (
    <Section
      title="Mail to you"
      purpose="Your own choice. Failures are mailed until you choose otherwise; what happens within five minutes comes together."
    >
      <Loaded query={query} skeleton={<Skeleton className="h-160 max-w-prose" />}>
        {(choice) => (
          <div className="flex max-w-prose flex-col gap-5">
            <MailState choice={choice} />
            <Choices choice={choice} />
          </div>
        )}
      </Loaded>
    </Section>
  );
}

function MailState({ choice: { isConfigured, address, failure } }: { choice: MailChoice }) {
  if (!isConfigured) {
    return (
      <Callout kind="warning" title="No mail server is set up">
        Nothing is mailed to anybody. The operator of this installation sets <Mono value="SMTP_URL" what="variable" shorten={false} /> for
        web and workers, such as smtps://user:password@mail.example.com:465, and starts Holdfast again. What you choose here holds from then
        on.
      </Callout>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      {failure !== null && (
        <Callout kind="danger" title="The last mail to you did not go out">
          {failure}
        </Callout>
      )}
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-base [overflow-wrap:anywhere]">
          Mail goes to <span className="font-medium">{address}</span>.
        </p>
        <TestMailButton />
      </div>
    </div>
  );
}

/** Each switch is saved at once. */
function Choices({ choice }: { choice: MailChoice }) {
  const saving = useApiMutation<MailChoice, { types: EventName[] }>("PATCH", "/notifications/mail");
  const [problem, setProblem] = useState<unknown>(null);
  const types = saving.isPending ? saving.variables.types : choice.types;
  const choose = async (type: EventName, isOn: boolean) => {
    setProblem(null);
    const others = types.filter((other) => other !== type);
    await saving.mutateAsync({ types: isOn ? [...others, type] : others }).catch(setProblem);
  };
  return (
    <>
      <ErrorPanel problem={problem} title="Your choice was not saved." />
      <div className="flex flex-col gap-6 rounded-lg border border-border bg-surface p-4 sm:p-6" aria-busy={saving.isPending}>
        {eventGroups.map((group) => {
          const own = choice.available.filter((type) => eventTypes[type].group === group);
          if (own.length === 0) return null;
          return (
            <fieldset key={group} className="flex flex-col gap-4">
              <legend className="pb-3 text-sm font-medium text-muted">{group}</legend>
              {own.map((type) => (
                <SwitchField
                  key={type}
                  label={eventTypes[type].title}
                  help={eventTypes[type].summary}
                  checked={types.includes(type)}
                  onCheckedChange={(isOn) => void choose(type, isOn)}
                />
              ))}
            </fieldset>
          );
        })}
      </div>
    </>
  );
}
