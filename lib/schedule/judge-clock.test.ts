import { expect, test } from "vitest";
import { type ClockHistory, type ClockReading, judgeClock, keepReading } from "#lib/schedule/judge-clock.ts";

const at = Date.UTC(2026, 6, 15, 12);
const SECOND = 1000;
const HOUR = 3_600_000;
const read = (change: Partial<ClockReading> = {}): ClockReading => ({ databaseMs: at, workerMs: at, uptimeMs: 90 * HOUR, ...change });
const unknown: ClockHistory = { lastTickMs: null, earlier: [] };
/** Read an hour before. */
const before = (change: Partial<ClockReading> = {}) => read({ databaseMs: at - HOUR, workerMs: at - HOUR, uptimeMs: 89 * HOUR, ...change });

test.each<[string, ClockReading, ClockHistory, string | null]>([
  ["nothing was read before", read(), unknown, null],
  ["all agree", read(), { lastTickMs: at - HOUR, earlier: [before()] }, null],
  ["the worker is 60 s ahead", read({ workerMs: at + 60 * SECOND }), unknown, null],
  ["the worker is 61 s ahead", read({ workerMs: at + 61 * SECOND }), unknown, "apart"],
  ["the worker is 61 s behind", read({ workerMs: at - 61 * SECOND }), unknown, "apart"],
  ["the database went back by 60 s", read(), { ...unknown, lastTickMs: at + 60 * SECOND }, null],
  ["the database went back by 61 s", read(), { ...unknown, lastTickMs: at + 61 * SECOND }, "behind"],
  ["both went forward by an hour", read(), { ...unknown, earlier: [before({ databaseMs: at - 2 * HOUR })] }, null],
  ["both went forward by more", read(), { ...unknown, earlier: [before({ databaseMs: at - 2 * HOUR - 1 })] }, "jumped"],
  [
    "the machine slept for a week",
    read({ uptimeMs: 500 * HOUR }),
    { ...unknown, earlier: [before({ databaseMs: at - 168 * HOUR })] },
    null,
  ],
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
    { lastTickMs: at - 365 * 24 * HOUR, earlier: [before()] },
    null,
  ],
])("%s", (_, reading, history, expected) => {
  expect(judgeClock(reading, history)).toBe(expected);
});

/** What is found by a worker that looks every ten minutes while the clock goes forward by that much more, that often. */
function lookWhile(jumps: { everyMs: number; byMs: number; times: number }): (string | null)[] {
  let earlier: ClockReading[] = [];
  const found: (string | null)[] = [];
  for (let uptimeMs = 0; uptimeMs <= jumps.everyMs * jumps.times; uptimeMs += HOUR / 6) {
    const databaseMs = at + uptimeMs + Math.floor(uptimeMs / jumps.everyMs) * jumps.byMs;
    const reading = { databaseMs, workerMs: databaseMs, uptimeMs };
    found.push(judgeClock(reading, { lastTickMs: databaseMs - HOUR, earlier }));
    earlier = keepReading(earlier, reading);
  }
  return found;
}

test("jumps that are harmless alone add up within a day", () => {
  expect(lookWhile({ everyMs: HOUR / 6, byMs: (HOUR * 5) / 6, times: 5 })).toEqual([null, null, "jumped", "jumped", "jumped", "jumped"]);
  expect(lookWhile({ everyMs: 8 * HOUR, byMs: HOUR / 3 + 1, times: 3 }).at(-1)).toBe("jumped");
});

test("a clock that drifts slowly, or is corrected once a day, is not doubted", () => {
  expect(new Set(lookWhile({ everyMs: 25 * HOUR, byMs: HOUR, times: 20 }))).toEqual(new Set([null]));
});

test("of many readings one a minute is kept, for a day, and the last one however old it is", () => {
  const readings = (...uptimes: number[]) => uptimes.map((uptimeMs) => read({ uptimeMs }));
  const kept = (...uptimes: number[]) =>
    readings(...uptimes)
      .reduce<ClockReading[]>((earlier, reading) => keepReading(earlier, reading), [])
      .map(({ uptimeMs }) => uptimeMs);
  expect(kept(0, 1, 59 * SECOND, 60 * SECOND, 61 * SECOND)).toEqual([0, 60 * SECOND]);
  expect(kept(0, HOUR, 24 * HOUR + 1)).toEqual([HOUR, 24 * HOUR + 1]);
  expect(kept(0, 30 * HOUR)).toEqual([30 * HOUR]);
});
