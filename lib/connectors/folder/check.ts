import { finished } from "node:stream/promises";
import type { EntryCheck } from "#lib/connectors/connector.ts";
import { CaptureError } from "#lib/connectors/errors.ts";
import { pathProblem } from "#lib/connectors/folder/safe-path.ts";

/** The truth check of a folder: every path could be written back, none is there twice, and there is something at all. */
export function checkFolder(): EntryCheck {
  const seen = new Set<string>();
  return {
    async entry(path, body) {
      await finished(body.resume());
      const problem = pathProblem(path) ?? (seen.has(path) ? "it is there twice" : null);
      if (problem) throw new CaptureError(`${JSON.stringify(path)} could not be restored: ${problem}.`);
      seen.add(path);
    },
    async finish() {
      if (seen.size === 0) throw new CaptureError("The archive holds no entry.");
      return Promise.resolve();
    },
  };
}
