import type { ValidationResult } from "#lib/connectors/connector.ts";
import type { ConnectorConfig } from "#lib/connectors/fields.ts";
import { InvalidInputError } from "#lib/errors.ts";

/**
 * Save only after Validate passed: throws InvalidInputError "validation-failed" with the steps when it did not, and
 * "confirm-observed" when it saw something (a host key) that the configuration to save does not carry yet.
 */
export function requireValid(result: ValidationResult, config: ConnectorConfig): void {
  const failed = result.steps.find((step) => !step.ok);
  const extra = { steps: result.steps, ...(result.observed ? { observed: result.observed } : {}) };
  if (!result.ok) {
    const message = failed ? `${failed.name}: ${failed.detail}` : "Validation failed.";
    throw new InvalidInputError(message, [{ path: "config", message }], { code: "validation-failed", extra });
  }
  const unconfirmed = Object.keys(result.observed ?? {}).filter((name) => config[name] !== result.observed?.[name]);
  if (unconfirmed.length === 0) return;
  const errors = unconfirmed.map((name) => ({
    path: `config.${name}`,
    message: `Validate saw ${result.observed?.[name] ?? ""}. Compare it with the system's own, then save with it.`,
  }));
  throw new InvalidInputError("What Validate saw must be confirmed before saving.", errors, { code: "confirm-observed", extra });
}
