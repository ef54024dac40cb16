"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { AskButton, Can, useCan } from "#components/shared/can.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import type { Problem } from "#components/shared/problem.ts";
import { problemAfter } from "#components/shared/submit-problem.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Form, FormActions, FormField } from "#components/ui/form.tsx";
import { Input } from "#components/ui/input.tsx";
import { toast } from "#components/ui/toast.tsx";
import { nameField } from "#lib/http/fields.ts";
import { type SettingsDto, verifyDaysField } from "#lib/settings/schemas.ts";

/** As it is typed. */
const formSchema = z.object({
  name: nameField,
  verifyDays: z.string().trim().regex(/^\d+$/, "Type a whole number of days, or 0.").transform(Number).pipe(verifyDaysField),
});

/** Changes the tenant's settings. */
export function SettingsForm({ settings }: { settings: SettingsDto }) {
  const mayWrite = useCan("settings.write");
  const form = useForm({
    values: { name: settings.name, verifyDays: String(settings.verifyDays) },
    resolver: zodResolver(formSchema),
  });
  const saving = useApiMutation<SettingsDto>("PATCH", "/settings");
  const [problem, setProblem] = useState<Problem | null>(null);
  const save = async (values: z.output<typeof formSchema>) => {
    setProblem(null);
    try {
      await saving.mutateAsync(values);
      toast.success("The settings are saved.");
    } catch (error) {
      setProblem(problemAfter(form, error));
    }
  };
  return (
    <Form form={form} onSubmit={save}>
      <FormField
        form={form}
        name="name"
        label="Name"
        help="Shown to its members. Addresses and scripts use the short name, which stays."
        required
      >
        {(field) => <Input {...field} readOnly={!mayWrite} autoComplete="organization" />}
      </FormField>
      <FormField
        form={form}
        name="verifyDays"
        label="Verify each backup every so many days"
        help="Its copies are read whole and compared with what was stored, a few backups each day; with a managed key they are opened too. 0 switches it off."
        required
      >
        {(field) => <Input {...field} readOnly={!mayWrite} inputMode="numeric" autoComplete="off" className="max-w-32" />}
      </FormField>
      <ErrorPanel problem={problem} title="The settings were not saved." />
      <FormActions>
        <Can permission="settings.write" fallback={<AskButton permission="settings.write">Save settings</AskButton>}>
          <Button type="submit" variant="primary" pending={saving.isPending} disabled={!form.formState.isDirty}>
            Save settings
          </Button>
        </Can>
      </FormActions>
    </Form>
  );
}
