"use client";

import { useFormContext, useWatch } from "react-hook-form";
import { policyInput, type PolicyFormValues, type RetentionRule } from "#components/policies/policy-form-values.ts";
import { useCan } from "#components/shared/can.tsx";
import { whomToAsk } from "#components/shared/whom-to-ask.ts";
import { Callout } from "#components/ui/callout.tsx";
import { FieldError } from "#components/ui/field.tsx";
import { FormField } from "#components/ui/form.tsx";
import { Input } from "#components/ui/input.tsx";
import { describeRetention } from "#lib/schedule/contract.ts";
import { type Retention, retentionSchema } from "#lib/schedule/schemas.ts";

const rules: { name: RetentionRule; label: string; help: string }[] = [
  { name: "keepLast", label: "The last", help: "This many backups, however old." },
  { name: "keepDays", label: "Everything of the last days", help: "Each backup younger than this many days." },
  { name: "keepDaily", label: "One a day, for days", help: "The newest of each of this many days." },
  { name: "keepWeekly", label: "One a week, for weeks", help: "The newest of each of this many weeks." },
  { name: "keepMonthly", label: "One a month, for months", help: "The newest of each of this many months." },
  { name: "keepYearly", label: "One a year, for years", help: "The newest of each of this many years." },
];

/** How long backups stay. `previous` is what is stored: keeping fewer is said before it is saved. */
export function RetentionFields({ previous }: { previous: Retention | null }) {
  const form = useFormContext<PolicyFormValues>();
  const mayShrink = useCan("policies.shrinkRetention");
  const parsed = retentionSchema.safeParse(policyInput(useWatch<PolicyFormValues>() as PolicyFormValues).retention);
  const { error } = form.getFieldState("retention", form.formState);
  const fewer = previous !== null && parsed.success && rules.some(({ name }) => (previous[name] ?? 0) > (parsed.data[name] ?? 0));
  return (
    <>
      <div className="grid gap-6 sm:grid-cols-2">
        {rules.map(({ name, label, help }) => (
          <FormField key={name} form={form} name={`retention.${name}`} label={label} help={help} optionalHint={false}>
            {(field) => <Input {...field} inputMode="numeric" autoComplete="off" className="max-w-32" />}
          </FormField>
        ))}
      </div>
      {error?.message !== undefined && <FieldError>{error.message}</FieldError>}
      <p className="text-sm text-muted" aria-live="polite">
        {parsed.success ? `${describeRetention(parsed.data)}, of each system.` : "Empty fields keep nothing by themselves."} A backup stays
        as long as any rule keeps it; the newest good one of a system always stays.
      </p>
      {fewer && (
        <Callout kind="warning" title="This may keep fewer backups than before">
          {mayShrink
            ? "Backups that no rule keeps any longer are deleted after the next run; saving it asks for your login password if there are any."
            : `Your role does not let you save that. ${whomToAsk("policies.shrinkRetention")}`}
        </Callout>
      )}
    </>
  );
}
