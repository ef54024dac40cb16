const SHORTEST_MS = 5 * 60_000;
const LONGEST_MS = 24 * 3_600_000;

/** How long, in milliseconds, a destination that refused to remove something is left in peace: five minutes at first, a day at most. */
export function removalPause(attemptsBefore: number): number {
  return Math.min(LONGEST_MS, SHORTEST_MS * 4 ** attemptsBefore);
}
