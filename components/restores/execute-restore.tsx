"use client";

import { useState } from "react";
import { useForm } from "react-hook-form";
import { Sentences } from "#components/restores/restore-plan.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import type { Problem } from "#components/shared/problem.ts";
import { type PassphraseKey, ProofFields } from "#components/shared/proof-fields.tsx";
import { problemAfter } from "#components/shared/submit-problem.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Card, CardContent, CardHeader } from "#components/ui/card.tsx";
import { Form, FormActions } from "#components/ui/form.tsx";
import type { RestoreDto } from "#lib/restores/schemas.ts";

interface ExecuteRestoreProps {
  restore: RestoreDto;
  plan: NonNullable<RestoreDto["plan"]>;
  passphraseKey: PassphraseKey | null;
}

interface Values {
  password: string;
  passphrase: string;
}

/** The fourth step: what will hurt, the proof, and the button that causes it. */
export function ExecuteRestore({ restore, plan, passphraseKey }: ExecuteRestoreProps) {
  const form = useForm<Values>({ defaultValues: { password: "", passphrase: "" } });
  const [problem, setProblem] = useState<Problem | null>(null);
  const execute = useApiMutation<RestoreDto>("POST", `/restores/${restore.id}/execution`);
  const submit = async ({ password, passphrase }: Values) => {
    setProblem(null);
    try {
      await execute.mutateAsync({ planHash: plan.hash, password, ...(passphraseKey === null ? {} : { passphrase }) });
    } catch (error) {
      setProblem(problemAfter(form, error));
    }
  };
  return (
    <Card>
      <CardHeader
        title="Proof"
        description="What is there now is backed up first. Then exactly this plan is carried out; if the system changed since, nothing happens."
      />
      <CardContent>
        <Form form={form} onSubmit={submit}>
          <ProofFields passphraseKey={passphraseKey} />
          {effectsOf(restore, plan).length > 0 && (
            <Callout kind="danger" title="This will happen">
              <Sentences sentences={effectsOf(restore, plan)} />
            </Callout>
          )}
          <ErrorPanel problem={problem} />
          <FormActions>
            <Button type="submit" variant="danger" size="lg" pending={form.formState.isSubmitting}>
              Restore “{restore.systemName}”
            </Button>
          </FormActions>
        </Form>
      </CardContent>
    </Card>
  );
}

/** The plan's effects, and for the tenant's own configuration where the report will be found. */
function effectsOf({ systemKind }: RestoreDto, { effects }: { effects: string[] }): string[] {
  if (systemKind !== "tenant-configuration") return effects;
  return [...effects, "Sign in again afterwards: this page then shows the report."];
}
