"use client";

import { useState } from "react";
import { useApiMutation } from "#components/shared/use-api.ts";
import type { ValidationResult } from "#lib/connectors/connector.ts";

type Config = Record<string, unknown>;

interface Outcome {
  result: ValidationResult;
  /** The configuration that it is true for. */
  config: string;
}

/**
 * Tries a configuration on the server and remembers for which one the answer holds: any edit makes it old.
 * `path` is "/systems/validate" or "/systems/{id}/validate".
 */
export function useTrial(path: string) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const mutation = useApiMutation<ValidationResult>("POST", path);
  const show = (result: ValidationResult, config: Config) => setOutcome({ result, config: JSON.stringify(config) });
  return {
    result: outcome?.result ?? null,
    pending: mutation.isPending,
    /** Asks the server. Throws ProblemError for what it cannot even try. */
    run: (input: Config) => mutation.mutateAsync(input),
    show,
    isPassedFor: (config: Config) => outcome !== null && outcome.result.ok && outcome.config === JSON.stringify(config),
    isOldFor: (config: Config) => outcome !== null && outcome.config !== JSON.stringify(config),
  };
}
