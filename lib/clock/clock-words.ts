import type { ClockDoubt } from "#lib/schedule/judge-clock.ts";

// Runs in the browser too: imports nothing of Node's.

/** What is wrong with the clock, and what to do, as sentences. */
export const clockDoubtWords: Record<ClockDoubt, string> = {
  apart:
    "The clocks of a worker and of the database differ by more than a minute. Set both by a time server; then deleting goes on by itself.",
  behind:
    "The database’s clock shows an earlier time than it did before. Set it by a time server; if it is right now, an owner confirms it.",
  jumped: "The database’s clock went forward by more than a day at once. Look whether it is right; if it is, an owner confirms it.",
};

/** As a row of the database has it; null for one that this version does not know. */
export function readClockDoubt(text: string): ClockDoubt | null {
  return Object.hasOwn(clockDoubtWords, text) ? (text as ClockDoubt) : null;
}
