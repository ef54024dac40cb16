import type { ValidationResult, ValidationStep } from "#lib/connectors/connector.ts";
import { messageOf } from "#lib/connectors/errors.ts";
import { ConnectorError } from "#lib/errors.ts";

/** Runs the steps of a validation one after another; after one that failed, the others are not run. */
export interface Steps {
  /** `work` resolves to the sentence that tells what was found; what it throws becomes the step's failure. */
  run(name: string, work: () => Promise<string>): Promise<void>;
  result(observed?: Record<string, string>): ValidationResult;
}

export function createSteps(): Steps {
  const steps: ValidationStep[] = [];
  const failed = () => steps.some((step) => !step.ok);
  return {
    async run(name, work) {
      if (failed()) return;
      const startedAt = performance.now();
      const { ok, detail } = await outcomeOf(work);
      steps.push({ name, ok, detail, durationMs: Math.round(performance.now() - startedAt) });
    },
    result: (observed) => ({ ok: !failed(), steps, ...(observed && Object.keys(observed).length > 0 && { observed }) }),
  };
}

async function outcomeOf(work: () => Promise<string>): Promise<{ ok: boolean; detail: string }> {
  try {
    return { ok: true, detail: await work() };
  } catch (error) {
    // A connector's own errors are written for people; of others, the message is all that is known.
    return { ok: false, detail: error instanceof ConnectorError ? error.message : `It failed: ${messageOf(error)}.` };
  }
}
