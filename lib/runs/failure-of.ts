import { CryptoError } from "#lib/crypto/crypto-error.ts";
import { HoldfastError } from "#lib/errors.ts";
import type { RunFailure, RunStep } from "#lib/runs/schemas.ts";

const mends: Record<RunStep, string> = {
  prepare: "Open the system and validate it, then retry the run.",
  capture: "Open the system and validate it, then retry the run.",
  store: "Open the destination and validate it, then retry the run.",
  prove: "What was read back is not what was stored. Check the destination's disk or service, then retry the run.",
  finish: "Open the destination and validate it, then retry the run.",
};

/** Why an attempt failed, for people. An unknown error never shows its message: that is for the log. */
export function failureOf(error: unknown, step: RunStep): RunFailure {
  if (isKnown(error)) return { step, message: error.message, mend: mends[step === "prove" && isSilence(error) ? "store" : step] };
  return {
    step,
    message: "Something went wrong on our side; it was noted in the log.",
    mend: "Retry the run, and tell your operator if it stays.",
  };
}

/** Whether it is nothing that a system or destination did, nor anything that a person can mend there: our own database went away, or we are wrong. */
export function isOurs(error: unknown): boolean {
  return !isKnown(error);
}

/** Nothing came back, which says nothing of what is stored. */
function isSilence({ code }: HoldfastError | CryptoError): boolean {
  return code === "unreachable" || code === "stood-still";
}

function isKnown(error: unknown): error is HoldfastError | CryptoError {
  return error instanceof HoldfastError || error instanceof CryptoError;
}
