import { uptime } from "node:os";
import { recordForTenants } from "#lib/alarms/record-for-tenants.ts";
import { databaseNow } from "#lib/clock/database-now.ts";
import { clockDoubtWords, lasts, readClockDoubt } from "#lib/clock/clock-words.ts";
import { workerNow as ownNow } from "#lib/clock/worker-clock.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import type { Transaction } from "#lib/db/client.ts";
import { log } from "#lib/log.ts";
import { type ClockDoubt, clockLimits, type ClockReading, judgeClock, keepReading } from "#lib/schedule/judge-clock.ts";

/** The clock as it was found. */
export interface CheckedClock {
  /** The database's time. */
  now: Date;
  /** Why nothing may be deleted by age now; null when nothing speaks against it. */
  doubt: ClockDoubt | null;
}

/** What this process read before: kept here, because only a count of the machine's own shows a jump. */
let earlier: ClockReading[] = [];

export interface ClockCheck {
  /** For tests: the worker's clock and the machine's uptime, in milliseconds. */
  workerNow?: () => number;
  machineUptime?: () => number;
  limits?: typeof clockLimits;
}

/**
 * Compares the clocks before anything is deleted for its age, and remembers a doubt with the installation. A doubt ends when the clocks agree
 * again; after a jump, or a start far ahead of the last tick, only when a person has confirmed the time.
 */
export async function checkClock({
  workerNow = ownNow,
  machineUptime = uptimeMs,
  limits = clockLimits,
}: ClockCheck = {}): Promise<CheckedClock> {
  return acrossTenants("scheduler", async (db) => {
    const askedMs = workerNow();
    const now = await databaseNow(db);
    // Whatever the question took lies half before and half after the answer.
    const reading = { databaseMs: now.getTime(), workerMs: (askedMs + workerNow()) / 2, uptimeMs: machineUptime() };
    const known = await db.installation.findFirst({ select: { lastTickAt: true, clockDoubt: true } });
    const found = judgeClock(reading, { lastTickMs: known?.lastTickAt?.getTime() ?? null, earlier }, limits);
    const standing = readClockDoubt(known?.clockDoubt ?? "");
    // Only a person ends the doubt after a jump, whatever is found meanwhile.
    const doubt = lasts(standing) ? standing : found;
    const isRemembered = await remember(db, doubt, known?.clockDoubt ?? null);
    if (!lasts(found)) earlier = keepReading(earlier, reading, limits);
    // A jump that could not be written down has to be found again; one that was, not once it is confirmed.
    else if (isRemembered) earlier = [reading];
    if (found && found !== known?.clockDoubt)
      log.warn({ doubt: found, ...reading, known }, "The clock is in doubt: nothing is deleted for its age");
    return { now, doubt };
  });
}

/** For tests: this process forgets what it read, as after a start. */
export function forgetReadings(): void {
  earlier = [];
}

/** A person says that the database's clock is right: what it showed before no longer counts. */
export async function trustClock(): Promise<void> {
  await acrossTenants(
    "scheduler",
    (db) => db.$executeRaw`
    UPDATE installation SET clock_doubt = NULL, clock_doubt_since = NULL, last_tick_at = clock_timestamp()`,
  );
}

/** What was found last and still stands, with what the clock shows; changes nothing. */
export async function doubtedClock(): Promise<CheckedClock> {
  return acrossTenants("scheduler", async (db) => {
    const known = await db.installation.findFirst({ select: { clockDoubt: true } });
    return { now: await databaseNow(db), doubt: readClockDoubt(known?.clockDoubt ?? "") };
  });
}

async function remember(db: Transaction, doubt: ClockDoubt | null, known: string | null): Promise<boolean> {
  if (doubt === null) {
    await db.$executeRaw`UPDATE installation SET clock_doubt = NULL, clock_doubt_since = NULL, last_tick_at = clock_timestamp()`;
    return true;
  }
  if (doubt === known) return true;
  // Of many that find it at once, one tells of it.
  const count = await db.$executeRaw`
    UPDATE installation SET clock_doubt = ${doubt}, clock_doubt_since = COALESCE(clock_doubt_since, clock_timestamp())
    WHERE clock_doubt IS DISTINCT FROM ${doubt}`;
  if (count === 0) return false;
  const tenants = await db.$queryRaw<{ id: string }[]>`SELECT id FROM tenants`;
  const tenantIds = tenants.map(({ id }) => id);
  await recordForTenants(db, "clock.doubted", tenantIds, { message: clockDoubtWords[doubt] });
  return true;
}

/** Counts the time that the machine slept, too, which performance.now does not. */
function uptimeMs(): number {
  return uptime() * 1000;
}
