import { databaseNow } from "#lib/clock/database-now.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { env } from "#lib/env.ts";

/** The clock of this process's machine, in milliseconds. */
export function workerNow(): number {
  return Date.now() + env().HOLDFAST_CLOCK_SHIFT_SECONDS * 1000;
}

export interface ComparedClock {
  /** By how many milliseconds this process's clock is ahead of the database's; less than nothing when it is behind. */
  aheadMs: number;
  /** How far that may be wrong, for the time that the question took. */
  uncertainMs: number;
}

/** Compares this process's clock with the database's. */
export async function compareClocks(now: () => number = workerNow): Promise<ComparedClock> {
  return acrossTenants("scheduler", async (db) => {
    const [askedMs, startedMs] = [now(), performance.now()];
    const databaseMs = (await databaseNow(db)).getTime();
    const halfMs = (performance.now() - startedMs) / 2;
    // Whatever the question took lies half before and half after the answer.
    return { aheadMs: Math.round(askedMs + halfMs - databaseMs), uncertainMs: Math.ceil(halfMs) };
  });
}

/** Whether a clock is near enough to the database's to work by; a slow answer alone is no reason to think otherwise. */
export function agrees({ aheadMs, uncertainMs }: ComparedClock, toleranceMs: number): boolean {
  return Math.abs(aheadMs) - uncertainMs <= toleranceMs;
}
