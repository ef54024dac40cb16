"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { z } from "zod";
import { connectorConfig, connectorValues } from "#components/shared/connector-values.ts";
import type { Problem } from "#components/shared/problem.ts";
import { problemAfter } from "#components/shared/submit-problem.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { useTrial } from "#components/shared/use-trial.ts";
import type { ValidationResult } from "#lib/connectors/connector.ts";
import { ProblemError } from "#lib/http/client.ts";
import { nameField } from "#lib/http/fields.ts";
import type { ConnectorDto } from "#lib/systems/schemas.ts";

const schema = z.object({ name: nameField, config: z.record(z.string(), z.unknown()) });
type Values = z.infer<typeof schema>;
type Config = Record<string, unknown>;

export interface ConnectionOptions {
  noun: "system" | "destination";
  connector: ConnectorDto;
  /** What is changed; without it, something new is connected. */
  stored?: { id: string; name: string; config: Config; storedSecrets: string[] };
  onSaved: (saved: { id: string; name: string }) => void;
}

/** The work of a connection's form: what may be saved is what Validate passed for, or what is stored already. */
export function useConnection({ noun, connector: { fields, kind }, stored, onSaved }: ConnectionOptions) {
  const address = stored ? `/${noun}s/${stored.id}` : `/${noun}s`;
  const [initial] = useState(() => connectorValues(fields, stored?.config));
  const form = useForm<Values>({ resolver: zodResolver(schema), defaultValues: { name: stored?.name ?? "", config: initial } });
  const config = connectorConfig(fields, useWatch({ control: form.control, name: "config" }));
  const unchanged = stored !== undefined && JSON.stringify(config) === JSON.stringify(connectorConfig(fields, initial));
  const trial = useTrial(`${address}/validate`);
  const saving = useApiMutation<{ id: string; name: string }>(stored ? "PATCH" : "POST", address);
  const [problem, setProblem] = useState<Problem | null>(null);

  /** Shows what was found, and takes over what was seen on the way: saving, or validating again with it, confirms it. */
  const take = (result: ValidationResult) => {
    for (const [name, value] of Object.entries(result.observed ?? {})) form.setValue(`config.${name}`, value, { shouldDirty: true });
    trial.show(result, connectorConfig(fields, form.getValues("config")));
  };
  const attempt = async (work: () => Promise<void>) => {
    setProblem(null);
    try {
      await work();
    } catch (error) {
      const refused = error instanceof ProblemError ? trialIn(error) : null;
      if (refused) take(refused);
      else setProblem(problemAfter(form, error));
    }
  };
  const validate = (values: Values) =>
    attempt(async () => {
      const tried = connectorConfig(fields, values.config);
      take(await trial.run(stored ? { config: tried } : { kind, config: tried }));
    });
  const save = ({ name }: Values) =>
    attempt(async () => {
      const changed = unchanged ? {} : { config };
      onSaved(await saving.mutateAsync(stored ? { name, ...changed } : { name, kind, config }));
    });
  const validateNow = () => void form.handleSubmit(validate)();
  /** Forgets what was pinned, so that Validate sees it anew. */
  const lookAgain = () => {
    for (const field of fields) if (field.observed) form.setValue(`config.${field.name}`, "", { shouldDirty: true });
    validateNow();
  };
  return { form, config, trial, saving, problem, maySave: unchanged || trial.isPassedFor(config), validate, validateNow, save, lookAgain };
}

/** The steps in a refusal to save, when it is about them. */
function trialIn({ code, body }: ProblemError): ValidationResult | null {
  if (code !== "validation-failed" && code !== "confirm-observed") return null;
  return { ...(body as unknown as Omit<ValidationResult, "ok">), ok: code === "confirm-observed" };
}
