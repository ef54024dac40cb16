import type { ClockDoubt } from "#lib/schedule/judge-clock.ts";

// Runs in the browser too: imports nothing of Node's.

/** What is wrong with the clock, and what to do, as sentences. */
export const clockDoubtWords: Record<ClockDoubt, string> = {
  apart:
    "The clocks of a worker and of the database differ by more than a minute. Set both by a time server; then deleting goes on by itself.",
  behind: "The database’s clock shows an earlier time than it did before. Set it by a time server unless it is right now.",
  jumped: "The database’s clock went forward by more than an hour beyond the time that really passed. Look whether it is right.",
  absent:
    "The database’s clock is more than 7 days ahead of what it showed last. Perhaps Holdfast was off for so long; perhaps the machine came up with a wrong date. Look whether it is right.",
};

/** Who says that the clock is right after all. */
export const confirmerWords = {
  owner: "If it is, an owner confirms it.",
  operator: "If it is, the operator of this installation confirms it with npm run cli -- clock confirm; no single tenant can.",
};

/** Doubts that do not end by themselves: a clock that is wrong on all sides looks like one that is right. */
export function lasts(doubt: ClockDoubt | null): boolean {
  return doubt === "jumped" || doubt === "absent";
}

/** As a row of the database has it; null for one that this version does not know. */
export function readClockDoubt(text: string): ClockDoubt | null {
  return Object.hasOwn(clockDoubtWords, text) ? (text as ClockDoubt) : null;
}
