import { env } from "#lib/env.ts";

/** In units of the first pause: with a minute, six hours and three days. */
const LONGEST_PAUSE = 360;
const LONGEST_TRYING = 3 * 24 * 60;

/** When a copy that just failed for the first time is tried again. */
export function firstCopyAttempt(): Date {
  return inUnits(1);
}

/**
 * When a copy is tried again after its attempt number `attempts` (the first is 1) failed: the pauses double from HOLDFAST_COPY_RETRY_SECONDS to 360 times
 * that. Null once it was tried for 4,320 times that: from then on it is for a person to ask.
 */
export function nextCopyAttempt(attempts: number): Date | null {
  let tried = 0;
  for (let attempt = 0; attempt <= attempts; attempt++) tried += pauseBefore(attempt);
  return tried > LONGEST_TRYING ? null : inUnits(pauseBefore(attempts));
}

function pauseBefore(attempt: number): number {
  return Math.min(LONGEST_PAUSE, 2 ** attempt);
}

function inUnits(pause: number): Date {
  return new Date(Date.now() + pause * env().HOLDFAST_COPY_RETRY_SECONDS * 1000);
}
