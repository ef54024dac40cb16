"use client";

import { useFormContext, useWatch } from "react-hook-form";
import type { PolicyFormValues } from "#components/policies/policy-form-values.ts";
import { RunPreview } from "#components/policies/run-preview.tsx";
import { TimesField } from "#components/policies/times-field.tsx";
import { Field } from "#components/ui/field.tsx";
import { FormField } from "#components/ui/form.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import type { Schedule } from "#lib/schedule/schemas.ts";

const kinds = [
  { value: "daily", label: "Every day" },
  { value: "hours", label: "Several times a day" },
  { value: "interval", label: "Every few days" },
  { value: "cron", label: "By a cron expression" },
];

/** When a policy runs, with the next runs as they would be. `previous` is what is stored, so that editing does not shift an interval. */
export function ScheduleFields({ previous }: { previous: Schedule | null }) {
  const form = useFormContext<PolicyFormValues>();
  const kind = useWatch({ control: form.control, name: "schedule.kind" });
  return (
    <>
      <FormField form={form} name="schedule.kind" label="Runs" required>
        {(field) => <Select {...field} options={kinds} />}
      </FormField>
      {kind === "interval" && (
        <FormField form={form} name="schedule.everyDays" label="Days from one to the next" required>
          {(field) => <Input {...field} inputMode="numeric" className="max-w-32" />}
        </FormField>
      )}
      {kind === "cron" ? (
        <FormField
          form={form}
          name="schedule.expression"
          label="Cron expression"
          help="Minute, hour, day of the month, month, day of the week: “30 2 * * 1-5” is Monday to Friday at 02:30."
          required
        >
          {(field) => <Input {...field} spellCheck={false} autoComplete="off" className="font-mono" />}
        </FormField>
      ) : (
        <Times single={kind === "daily"} />
      )}
      <FormField
        form={form}
        name="schedule.timeZone"
        label="Time zone"
        help="The times above are this zone’s. When its clocks change, runs go with them."
        required
      >
        {(field) => <Select {...field} options={timeZones(field.value)} />}
      </FormField>
      <RunPreview previous={previous} />
    </>
  );
}

function Times({ single }: { single: boolean }) {
  const form = useFormContext<PolicyFormValues>();
  const at = useWatch({ control: form.control, name: "schedule.at" });
  const { error } = form.getFieldState("schedule.at", form.formState);
  return (
    <Field label={single ? "At" : "At these times"} error={error?.message} group required>
      <TimesField
        value={at}
        single={single}
        onChange={(times) => form.setValue("schedule.at", times, { shouldDirty: true, shouldValidate: form.formState.isSubmitted })}
      />
    </Field>
  );
}

/** UTC and the reader's zone first, then all that the browser knows. */
function timeZones(present: string): { value: string; label: string }[] {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const names = new Set(["UTC", own, present, ...Intl.supportedValuesOf("timeZone")]);
  return [...names].map((name) => ({ value: name, label: name === own ? `${name} (yours)` : name }));
}
