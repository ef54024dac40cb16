"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { AskButton, Can, useCan } from "#components/shared/can.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import type { Problem } from "#components/shared/problem.ts";
import { problemAfter } from "#components/shared/submit-problem.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Form, FormActions, FormField } from "#components/ui/form.tsx";
import { Input } from "#components/ui/input.tsx";
import { toast } from "#components/ui/toast.tsx";
import { type SettingsDto, updateSettingsInput } from "#lib/settings/schemas.ts";

/** Changes the tenant's settings. */
export function SettingsForm({ settings }: { settings: SettingsDto }) {
  const mayWrite = useCan("settings.write");
  const form = useForm({ values: { name: settings.name }, resolver: zodResolver(updateSettingsInput) });
  const saving = useApiMutation<SettingsDto>("PATCH", "/settings");
  const [problem, setProblem] = useState<Problem | null>(null);
  const save = async (values: { name: string }) => {
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
