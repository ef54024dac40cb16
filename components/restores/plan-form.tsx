"use client";

import { useState } from "react";
import { useForm } from "react-hook-form";
import { AskButton, useCan } from "#components/shared/can.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import type { Problem } from "#components/shared/problem.ts";
import { PassphraseField, type PassphraseKey } from "#components/shared/proof-fields.tsx";
import { problemAfter } from "#components/shared/submit-problem.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Form, FormActions, FormField } from "#components/ui/form.tsx";
import { RadioCard, RadioGroup } from "#components/ui/radio-group.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";
import type { RestoreDto } from "#lib/restores/schemas.ts";
import type { SystemDto } from "#lib/systems/schemas.ts";

interface PlanFormProps {
  backup: BackupDto;
  passphraseKey: PassphraseKey | null;
  /** Preselected; the system that the backup came from without it. */
  target: string | null;
  onPlanned: (restoreId: string) => void;
}

/** The second step: onto which system of the same kind. Ends with the plan being made. */
export function PlanForm(props: PlanFormProps) {
  const mayRestoreConfiguration = useCan("restores.configuration");
  const systems = useWholeList<SystemDto>("/systems");
  if (props.backup.systemKind === "tenant-configuration" && !mayRestoreConfiguration) {
    return (
      <Callout
        kind="warning"
        title="Only an owner restores members, settings and keys"
        action={<AskButton permission="restores.configuration">Make the plan</AskButton>}
      >
        This backup holds them. Ask an owner of this tenant.
      </Callout>
    );
  }
  return (
    <Loaded query={systems} skeleton={<Skeleton className="h-64" />}>
      {(all) => <TargetForm {...props} targets={all.filter(({ kind }) => kind === props.backup.systemKind)} />}
    </Loaded>
  );
}

interface Values {
  targetSystemId: string;
  passphrase: string;
}

function TargetForm({ backup, passphraseKey, target, onPlanned, targets }: PlanFormProps & { targets: SystemDto[] }) {
  const first = [target, backup.systemId].find((id) => targets.some((system) => system.id === id)) ?? targets[0]?.id ?? "";
  const form = useForm<Values>({ defaultValues: { targetSystemId: first, passphrase: "" } });
  const [problem, setProblem] = useState<Problem | null>(null);
  const plan = useApiMutation<RestoreDto>("POST", "/restores");
  if (targets.length === 0) {
    return (
      <Callout kind="warning" title="There is no system to restore to">
        Connect a system of the same kind first; then this backup can be restored onto it.
      </Callout>
    );
  }
  const submit = async ({ targetSystemId, passphrase }: Values) => {
    setProblem(null);
    try {
      const input = { backupId: backup.id, targetSystemId, ...(passphraseKey === null ? {} : { passphrase }) };
      onPlanned((await plan.mutateAsync(input)).id);
    } catch (error) {
      setProblem(problemAfter(form, error));
    }
  };
  return (
    <Form form={form} onSubmit={submit}>
      <FormField form={form} name="targetSystemId" label="Restore onto" help="The backup is restored as a whole." group required>
        {({ value, onChange }) => (
          <RadioGroup value={value} onValueChange={onChange}>
            {targets.map(({ id, name }) => (
              <RadioCard
                key={id}
                value={id}
                label={name}
                description={id === backup.systemId ? "Where this backup came from" : "Another system of the same kind"}
              />
            ))}
          </RadioGroup>
        )}
      </FormField>
      {passphraseKey !== null && <PassphraseField passphraseKey={passphraseKey} />}
      <ErrorPanel problem={problem} title="No plan was made" />
      <FormActions>
        <Button type="submit" variant="primary" pending={form.formState.isSubmitting}>
          Make the plan
        </Button>
        <span className="text-sm text-muted">This only reads. Nothing is changed.</span>
      </FormActions>
    </Form>
  );
}
