"use client";

import type { ReactNode } from "react";
import { Can } from "#components/shared/can.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { ValidationSteps } from "#components/shared/validation-steps.tsx";
import { Button } from "#components/ui/button.tsx";
import { Section } from "#components/ui/page-header.tsx";
import type { ValidationResult } from "#lib/connectors/connector.ts";

interface ConnectionSectionProps {
  noun: "system" | "destination";
  id: string;
  /** What is stored. */
  children?: ReactNode;
}

/** How something is connected, and the way to try it as it is: that changes nothing. */
export function ConnectionSection({ noun, id, children }: ConnectionSectionProps) {
  const trial = useApiMutation<ValidationResult>("POST", `/${noun}s/${id}/validate`);
  return (
    <Section
      title="Connection"
      action={
        <Can permission={`${noun}s.write`}>
          <Button pending={trial.isPending} onClick={() => trial.mutate({})}>
            Validate now
          </Button>
        </Can>
      }
    >
      {children}
      <ErrorPanel problem={trial.error} title={`The ${noun} was not tried.`} />
      <ValidationSteps result={trial.data ?? null} pending={trial.isPending} />
    </Section>
  );
}
