import { expect, test } from "vitest";
import { type ClockHistory, type ClockReading, judgeClock } from "#lib/schedule/judge-clock.ts";

const at = Date.UTC(2026, 6, 15, 12);
const SECOND = 1000;
const HOUR = 3_600_000;
const read = (change: Partial<ClockReading> = {}): ClockReading => ({ databaseMs: at, workerMs: at, uptimeMs: 90 * HOUR, ...change });
const unknown: ClockHistory = { lastTickMs: null, previous: null };
/** Read an hour before. */
const before = (change: Partial<ClockReading> = {}) => read({ databaseMs: at - HOUR, workerMs: at - HOUR, uptimeMs: 89 * HOUR, ...change });

test.each<[string, ClockReading, ClockHistory, string | null]>([
  ["nothing was read before", read(), unknown, null],
  ["all agree", read(), { lastTickMs: at - HOUR, previous: before() }, null],
  ["the worker is 60 s ahead", read({ workerMs: at + 60 * SECOND }), unknown, null],
  ["the worker is 61 s ahead", read({ workerMs: at + 61 * SECOND }), unknown, "apart"],
  ["the worker is 61 s behind", read({ workerMs: at - 61 * SECOND }), unknown, "apart"],
  ["the database went back by 60 s", read(), { ...unknown, lastTickMs: at + 60 * SECOND }, null],
  ["the database went back by 61 s", read(), { ...unknown, lastTickMs: at + 61 * SECOND }, "behind"],
  ["both went forward by an hour", read(), { ...unknown, previous: before({ databaseMs: at - 2 * HOUR }) }, null],
  ["both went forward by more", read(), { ...unknown, previous: before({ databaseMs: at - 2 * HOUR - 1 }) }, "jumped"],
  ["the machine slept for a week", read({ uptimeMs: 500 * HOUR }), { ...unknown, previous: before({ databaseMs: at - 168 * HOUR }) }, null],
  ["nothing ran for 7 days", read(), { ...unknown, lastTickMs: at - 7 * 24 * HOUR }, null],
  [
    "nothing ran for longer, or the machine came up with a wrong year",
    read(),
    { ...unknown, lastTickMs: at - 7 * 24 * HOUR - 1 },
    "absent",
  ],
  [
    "this worker ran all the while, and another one failed to note it",
    read(),
    { lastTickMs: at - 365 * 24 * HOUR, previous: before() },
    null,
  ],
])("%s", (_, reading, history, expected) => {
  expect(judgeClock(reading, history)).toBe(expected);
});
