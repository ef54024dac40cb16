"use client";

import Link from "next/link";
import { type ReactNode, useState } from "react";
import { useForm } from "react-hook-form";
import { ConfirmDeletes, readWouldDelete, type WouldDelete } from "#components/policies/confirm-deletes.tsx";
import { CoverageFields } from "#components/policies/coverage-fields.tsx";
import { type PolicyFormValues, policyFormValues, policyInput, resolvePolicy } from "#components/policies/policy-form-values.ts";
import { RetentionFields } from "#components/policies/retention-fields.tsx";
import { RetentionPreview } from "#components/policies/retention-preview.tsx";
import { RunFields } from "#components/policies/run-fields.tsx";
import { ScheduleFields } from "#components/policies/schedule-fields.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import type { Problem } from "#components/shared/problem.ts";
import { problemAfter } from "#components/shared/submit-problem.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Form, FormActions, FormField } from "#components/ui/form.tsx";
import { Input } from "#components/ui/input.tsx";
import type { DestinationDto } from "#lib/destinations/schemas.ts";
import type { PolicyDto } from "#lib/policies/schemas.ts";
import type { SystemDto } from "#lib/systems/schemas.ts";

interface PolicyFormProps {
  /** What is changed; null for a new policy. */
  policy: PolicyDto | null;
  systems: readonly SystemDto[];
  destinations: readonly DestinationDto[];
  cancelHref: string;
  onSaved: (policy: PolicyDto) => void;
}

/** What is backed up, where to, when, and how long it stays. */
export function PolicyForm({ policy, systems, destinations, cancelHref, onSaved }: PolicyFormProps) {
  const [defaultValues] = useState(() => policyFormValues(policy, Intl.DateTimeFormat().resolvedOptions().timeZone));
  const form = useForm<PolicyFormValues>({ defaultValues, resolver: resolvePolicy });
  const saving = useApiMutation<PolicyDto>(policy ? "PATCH" : "POST", policy ? `/policies/${policy.id}` : "/policies");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [wouldDelete, setWouldDelete] = useState<WouldDelete | null>(null);
  const save = async (values: PolicyFormValues) => {
    setProblem(null);
    try {
      onSaved(await saving.mutateAsync(policyInput(values)));
    } catch (error) {
      const counted = readWouldDelete(error);
      if (counted) setWouldDelete(counted);
      else setProblem(problemAfter(form, error));
    }
  };
  return (
    <Form form={form} onSubmit={save} className="gap-10">
      <FormField form={form} name="name" label="Name" help="What you call this policy in lists and reports." required>
        {(field) => <Input {...field} autoComplete="off" />}
      </FormField>
      <Part title="What and where to">
        <CoverageFields systems={systems} destinations={destinations} />
      </Part>
      <Part title="When">
        <ScheduleFields previous={policy?.schedule ?? null} />
      </Part>
      <Part title="How long backups stay">
        <RetentionFields previous={policy?.retention ?? null} />
        <RetentionPreview policyId={policy?.id ?? null} />
      </Part>
      <Part title="When something is in the way">
        <RunFields />
      </Part>
      <ConfirmDeletes
        wouldDelete={wouldDelete}
        onChange={setWouldDelete}
        save={async (proof) => onSaved(await saving.mutateAsync({ ...policyInput(form.getValues()), ...proof }))}
      />
      <div className="flex flex-col gap-4">
        <ErrorPanel problem={problem} title="The policy was not saved." />
        <FormActions>
          <Button type="submit" variant="primary" pending={saving.isPending}>
            Save policy
          </Button>
          <Button asChild variant="ghost">
            <Link href={cancelHref}>Cancel</Link>
          </Button>
        </FormActions>
      </div>
    </Form>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-6">
      <h2 className="text-lg font-semibold">{title}</h2>
      {children}
    </section>
  );
}
