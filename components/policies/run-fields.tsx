"use client";

import { useFormContext } from "react-hook-form";
import type { PolicyFormValues } from "#components/policies/policy-form-values.ts";
import { FormField } from "#components/ui/form.tsx";
import { Input } from "#components/ui/input.tsx";
import { RadioCard, RadioGroup } from "#components/ui/radio-group.tsx";

/** What happens when a run fails, is late or was not possible. */
export function RunFields() {
  const form = useFormContext<PolicyFormValues>();
  return (
    <>
      <div className="grid gap-6 sm:grid-cols-2">
        <FormField form={form} name="attempts" label="Attempts" help="How often a run is tried before it counts as failed." required>
          {(field) => <Input {...field} inputMode="numeric" autoComplete="off" className="max-w-32" />}
        </FormField>
        <FormField
          form={form}
          name="windowMinutes"
          label="Window, in minutes"
          help="How late a run may begin and still count as on time."
          required
        >
          {(field) => <Input {...field} inputMode="numeric" autoComplete="off" className="max-w-32" />}
        </FormField>
      </div>
      <FormField form={form} name="catchUp" label="After Holdfast was off" required group>
        {({ value, onChange }) => (
          <RadioGroup value={value} onValueChange={onChange}>
            <RadioCard value="latest" label="Make up for the last missed run" description="One backup at once, then on schedule again." />
            <RadioCard value="skip" label="Wait for the next run" description="What was missed stays missed." />
          </RadioGroup>
        )}
      </FormField>
    </>
  );
}
