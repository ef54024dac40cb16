import { uptime } from "node:os";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import type { Transaction } from "#lib/db/client.ts";
import { log } from "#lib/log.ts";
import { type ClockDoubt, clockLimits, type ClockReading, judgeClock } from "#lib/schedule/judge-clock.ts";

/** The clock as it was found. */
export interface CheckedClock {
  /** The database's time. */
  now: Date;
  /** Why nothing may be deleted by age now; null when nothing speaks against it. */
  doubt: ClockDoubt | null;
}

/** What this process read before: kept here, because only a count of the machine's own shows a jump. */
let previous: ClockReading | null = null;

export interface ClockCheck {
  /** For tests: the worker's clock and the machine's uptime, in milliseconds. */
  workerNow?: () => number;
  machineUptime?: () => number;
  limits?: typeof clockLimits;
}

/**
 * Compares the clocks before anything is deleted for its age, and remembers a doubt with the installation. A doubt ends when the clocks agree
 * again; after a jump, only when an owner has confirmed the time.
 */
export async function checkClock({
  workerNow = Date.now,
  machineUptime = uptimeMs,
  limits = clockLimits,
}: ClockCheck = {}): Promise<CheckedClock> {
  return acrossTenants("scheduler", async (db) => {
    const askedMs = workerNow();
    const [row] = await db.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`;
    const now = row?.now ?? new Date();
    // Whatever the question took lies half before and half after the answer.
    const reading = { databaseMs: now.getTime(), workerMs: (askedMs + workerNow()) / 2, uptimeMs: machineUptime() };
    const known = await db.installation.findFirst({ select: { lastTickAt: true, clockDoubt: true } });
    const found = judgeClock(reading, { lastTickMs: known?.lastTickAt?.getTime() ?? null, previous }, limits);
    // Only an owner ends the doubt after a jump, whatever is found meanwhile.
    const doubt = known?.clockDoubt === "jumped" ? "jumped" : found;
    const isRemembered = await remember(db, doubt, known?.clockDoubt ?? null);
    // A jump that could not be written down has to be found again.
    if (found !== "jumped" || isRemembered) previous = reading;
    if (found && found !== known?.clockDoubt)
      log.warn({ doubt: found, ...reading, known }, "The clock is in doubt: nothing is deleted for its age");
    return { now, doubt };
  });
}

/** An owner says that the database's clock is right: what it showed before no longer counts. */
export async function trustClock(): Promise<void> {
  await acrossTenants(
    "scheduler",
    (db) => db.$executeRaw`
    UPDATE installation SET clock_doubt = NULL, clock_doubt_since = NULL, last_tick_at = clock_timestamp()`,
  );
}

async function remember(db: Transaction, doubt: ClockDoubt | null, known: string | null): Promise<boolean> {
  if (doubt === null) {
    await db.$executeRaw`UPDATE installation SET clock_doubt = NULL, clock_doubt_since = NULL, last_tick_at = clock_timestamp()`;
    return true;
  }
  if (doubt === known) return true;
  const count = await db.$executeRaw`
    UPDATE installation SET clock_doubt = ${doubt}, clock_doubt_since = COALESCE(clock_doubt_since, clock_timestamp())`;
  return count > 0;
}

/** Counts the time that the machine slept, too, which performance.now does not. */
function uptimeMs(): number {
  return uptime() * 1000;
}
