import { IANAZone } from "luxon";

// A wall time is what the clock on the wall of a zone shows, written as if that clock were UTC, in milliseconds.
// Calendar arithmetic on it knows no daylight saving; only the two functions below translate.

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** What the clock of `timeZone` shows at the instant. */
export function wallAt(instantMs: number, timeZone: string): number {
  return instantMs + offsetMs(instantMs, timeZone);
}

/**
 * The instant at which the clock of `timeZone` first shows `wallMs`; when it never does, because the clock was put forward
 * over it, the first instant after the jump. Never decreases as `wallMs` grows.
 */
export function instantOf(wallMs: number, timeZone: string): number {
  let before = wallMs - WINDOW_MS;
  let after = wallMs + WINDOW_MS;
  const earlier = wallMs - offsetMs(before, timeZone);
  if (wallAt(earlier, timeZone) === wallMs) return earlier;
  const later = wallMs - offsetMs(after, timeZone);
  if (wallAt(later, timeZone) === wallMs) return later;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (wallAt(middle, timeZone) < wallMs) before = middle;
    else after = middle;
  }
  return after;
}

/** "2026-11-22T01:00", to the minute. */
export function formatWall(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 16);
}

/** Days since 1970-01-01 of a "YYYY-MM-DD". */
export function dayOf(date: string): number {
  return Math.floor(Date.parse(`${date}T00:00:00Z`) / DAY_MS);
}

/** Minutes since midnight of an "HH:MM". */
export function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** No zone was ever further than 16 hours from UTC. */
const WINDOW_MS = 16 * 3_600_000;

function offsetMs(instantMs: number, timeZone: string): number {
  // Asking a zone takes tens of microseconds, which adds up over a year of runs.
  if (timeZone === "UTC") return 0;
  return Math.round(IANAZone.create(timeZone).offset(instantMs) * MINUTE_MS);
}
