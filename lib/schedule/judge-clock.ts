import { DAY_MS, MINUTE_MS } from "#lib/schedule/wall-time.ts";

/** What a worker reads at one moment. Instants in milliseconds. */
export interface ClockReading {
  /** The database's clock: the one that everything is dated by. */
  databaseMs: number;
  /** The worker's own clock at the same moment. */
  workerMs: number;
  /** A count that only goes forward and knows nothing of the time of day: how long the machine has been up. */
  uptimeMs: number;
}

export interface ClockHistory {
  /** The database's clock when any worker last found nothing wrong; null before the first time. */
  lastTickMs: number | null;
  /** What this worker read before and still compares with, oldest first; empty after its start. */
  earlier: readonly ClockReading[];
}

export interface ClockLimits {
  /** How far two clocks may be apart, and a clock may go back. */
  toleranceMs: number;
  /** How far the clock may run ahead of the time that has really passed, in one jump or in several within the window. */
  longestJumpMs: number;
  windowMs: number;
  /** How long nothing may have run before a person has to say that it was so. */
  longestAbsenceMs: number;
}

/**
 * "apart": worker and database differ. "behind": the database's clock went back. "jumped": it went forward by more than the time that really passed. "absent": a worker that has just
 * started finds it far ahead of what it showed last, so that either nothing ran for so long or it is wrong.
 */
export type ClockDoubt = "apart" | "behind" | "jumped" | "absent";

export const clockLimits: ClockLimits = {
  toleranceMs: MINUTE_MS,
  longestJumpMs: 60 * MINUTE_MS,
  windowMs: DAY_MS,
  longestAbsenceMs: 7 * DAY_MS,
};

/** Why a clock cannot be trusted to say how old a backup is, or null when nothing speaks against it. */
export function judgeClock(reading: ClockReading, { lastTickMs, earlier }: ClockHistory, limits = clockLimits): ClockDoubt | null {
  if (earlier.some((each) => reading.databaseMs - each.databaseMs - (reading.uptimeMs - each.uptimeMs) > limits.longestJumpMs))
    return "jumped";
  // After a start nothing but the last tick tells how much time has passed: a machine that comes up with a wrong year agrees with itself.
  if (earlier.length === 0 && lastTickMs !== null && reading.databaseMs - lastTickMs > limits.longestAbsenceMs) return "absent";
  if (Math.abs(reading.databaseMs - reading.workerMs) > limits.toleranceMs) return "apart";
  if (lastTickMs !== null && lastTickMs - reading.databaseMs > limits.toleranceMs) return "behind";
  return null;
}

/** What is compared with after this reading: of the window, and the last one however old it is; one for each minute, of however many that are read. */
export function keepReading(earlier: readonly ClockReading[], reading: ClockReading, { windowMs } = clockLimits): ClockReading[] {
  const last = earlier.at(-1);
  if (last && Math.abs(reading.uptimeMs - last.uptimeMs) < MINUTE_MS) return [...earlier];
  return [...earlier.filter(({ uptimeMs }) => reading.uptimeMs - uptimeMs <= windowMs), reading];
}
