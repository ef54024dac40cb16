import { CryptoError } from "#lib/crypto/crypto-error.ts";
import { HoldfastError } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import { WorkStopped } from "#lib/queue/hold-work.ts";
import type { RestoreFailure } from "#lib/restores/schemas.ts";

/** The steps of a restore in the worker, with what helps when one fails. */
const mends = {
  unlock: "Plan the restore again and type the passphrase once more.",
  fetch: "Look at the backup's copies and Validate its destinations, then plan again, or choose another backup.",
  check: "Choose another backup.",
  plan: "Validate the system, then plan again.",
  "safety backup": "Nothing was changed. Mend what the safety backup met, then plan again.",
  restore: "Look at the system: a part may be changed. What was there before lies in the safety backup, which can be restored.",
} as const;

export type RestoreStep = keyof typeof mends;

/** What goes on in a step, for a sentence. */
export const goingOn: Record<RestoreStep, string> = {
  unlock: "the restore was prepared",
  fetch: "the archive was fetched",
  check: "the archive was checked",
  plan: "the archive was compared with the system",
  "safety backup": "the safety backup was taken",
  restore: "the system was changed",
};

/** The step of a restore failed for a reason that has its own mend. */
export class RestoreError extends HoldfastError {
  readonly mend: string;

  constructor(code: string, message: string, mend: string) {
    super(code, message);
    this.mend = mend;
  }
}

/** What a person is told. The message of an unknown error stays in the log. */
export function failureOf(error: unknown, step: RestoreStep, restoreId: string): RestoreFailure {
  if (error instanceof RestoreError) return { step, message: error.message, mend: error.mend };
  const isKnown = error instanceof HoldfastError || error instanceof CryptoError || error instanceof WorkStopped;
  if (isKnown) return { step, message: error.message, mend: mends[step] };
  log.error({ err: error, restoreId, step }, "A restore failed for an unknown reason");
  return { step, message: "Something went wrong on our side; it was noted in the log.", mend: mends[step] };
}
