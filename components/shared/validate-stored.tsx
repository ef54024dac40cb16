"use client";

import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { ValidationSteps } from "#components/shared/validation-steps.tsx";
import { Button } from "#components/ui/button.tsx";
import { Section } from "#components/ui/page-header.tsx";
import type { ValidationResult } from "#lib/connectors/connector.ts";

/** Tries a stored connection as it is; changes nothing. `path` ends in "/validate". */
export function ValidateStored({ path, noun }: { path: string; noun: string }) {
  const trial = useApiMutation<ValidationResult>("POST", path);
  return (
    <Section
      title="Connection"
      purpose={`Tries the ${noun} with what is stored, step by step. Nothing is changed.`}
      action={
        <Button pending={trial.isPending} onClick={() => trial.mutate({})}>
          Validate now
        </Button>
      }
    >
      <ErrorPanel problem={trial.error} title={`The ${noun} was not tried.`} />
      <ValidationSteps result={trial.data ?? null} pending={trial.isPending} />
    </Section>
  );
}
