import { expect, test } from "vitest";
import { planTurns } from "#lib/verifications/plan-turns.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const start = Date.UTC(2026, 0, 1);
const question = { verifyDays: 30, backups: 60, hasUnseen: false, lastTurnAt: null, now: new Date(start) };
const turnsOf = (change: Partial<Parameters<typeof planTurns>[0]>, most = 5) =>
  planTurns({ ...question, ...change }, most).turns.map((turn) => turn.getTime() - start);

test("the first turn is at once; switched off or without backups there is none", () => {
  expect(turnsOf({})).toEqual([0]);
  expect(turnsOf({ verifyDays: 0 })).toEqual([]);
  expect(turnsOf({ backups: 0 })).toEqual([]);
});

test("turns are counted from the last one, and those of a day without a worker are made up for", () => {
  expect(turnsOf({ lastTurnAt: new Date(start - 11 * HOUR_MS) })).toEqual([]);
  expect(turnsOf({ lastTurnAt: new Date(start - 13 * HOUR_MS) })).toEqual([-HOUR_MS]);
  expect(turnsOf({ lastTurnAt: new Date(start - 10 * DAY_MS) })).toEqual([-12 * HOUR_MS, 0]);
  expect(turnsOf({ lastTurnAt: new Date(start - 10 * DAY_MS), backups: 10_000 })).toHaveLength(5);
  expect(turnsOf({ lastTurnAt: new Date(start + 10 * DAY_MS) })).toEqual([]);
});

test("what nobody ever looked at comes sooner, and still one after the other", () => {
  const unseen = { hasUnseen: true, backups: 10_000 };
  expect(turnsOf({ ...unseen, lastTurnAt: new Date(start - 10_000) })).toEqual([]);
  expect(turnsOf({ ...unseen, lastTurnAt: new Date(start - 30_000) })).toHaveLength(1);
});

test("a tenant is left alone until its next turn, and never for longer than ten minutes", () => {
  expect(planTurns({ ...question, lastTurnAt: new Date(start) }, 5).quietMs).toBe(10 * MINUTE_MS);
  expect(planTurns({ ...question, backups: 10_000, lastTurnAt: new Date(start) }, 5).quietMs).toBe(259_200);
  expect(planTurns({ ...question, backups: 10_000, lastTurnAt: new Date(start - HOUR_MS) }, 5).quietMs).toBe(0);
});

/** A worker as it is: looks each five seconds unless all is quiet, does one at a time, and each takes a while. */
function simulate({ count, verifyDays, workMs, seen = true }: { count: number; verifyDays: number; workMs: number; seen?: boolean }) {
  const most = 5;
  const lookedAt: (number | null)[] = Array.from({ length: count }, () => (seen ? start : null));
  const begun: number[] = [];
  const unfinished: number[] = [];
  const [end, oldest] = [start + 2.5 * verifyDays * DAY_MS, { ageMs: 0, firstSeenMs: 0, next: 0, lastTurnAt: null as Date | null }];
  for (let now = start; now < end;) {
    while (unfinished[0] !== undefined && unfinished[0] <= now) unfinished.shift();
    const hasUnseen = lookedAt[oldest.next % count] === null;
    const plan = planTurns(
      { verifyDays, backups: count, hasUnseen, lastTurnAt: oldest.lastTurnAt, now: new Date(now) },
      most - unfinished.length,
    );
    for (const turn of plan.turns) {
      const before = lookedAt[oldest.next % count] ?? null;
      if (before !== null) oldest.ageMs = Math.max(oldest.ageMs, now - before);
      else oldest.firstSeenMs = now - start;
      lookedAt[oldest.next++ % count] = now;
      begun.push(now);
      unfinished.push((unfinished.at(-1) ?? now) + workMs);
      oldest.lastTurnAt = turn;
    }
    now += Math.max(5000, Math.ceil(plan.quietMs / 5000) * 5000);
  }
  const pauses = begun.slice(1).map((at, index) => at - (begun[index] ?? 0));
  const sorted = pauses.sort((a, b) => a - b);
  return { ...oldest, begun: begun.length, leastPauseMs: sorted[0], mostPauseMs: sorted.at(-1) };
}

test.each([
  [60, 30, HOUR_MS],
  [1, 30, HOUR_MS],
  [7, 30, HOUR_MS],
  [100, 1, 10 * MINUTE_MS],
  [10_000, 30, 4 * MINUTE_MS],
  [100_000, 30, 20_000],
])("%i backups in %i days: each once in that time, spread evenly", (count, verifyDays, workMs) => {
  const paceMs = (verifyDays * DAY_MS) / count;
  const { ageMs, begun, leastPauseMs, mostPauseMs } = simulate({ count, verifyDays, workMs });
  expect(ageMs).toBeLessThanOrEqual(verifyDays * DAY_MS + 10 * MINUTE_MS);
  expect(Math.abs(begun - 2.5 * count)).toBeLessThanOrEqual(2);
  expect(leastPauseMs).toBeGreaterThanOrEqual(paceMs - 10 * MINUTE_MS);
  expect(mostPauseMs).toBeLessThanOrEqual(paceMs + 10 * MINUTE_MS);
});

test("10,000 backups found in a destination are first looked at within three days, and not all at once", () => {
  const { firstSeenMs, leastPauseMs } = simulate({ count: 10_000, verifyDays: 30, workMs: 20_000, seen: false });
  expect(firstSeenMs).toBeGreaterThan(2.9 * DAY_MS);
  expect(firstSeenMs).toBeLessThanOrEqual(3.1 * DAY_MS);
  expect(leastPauseMs).toBeGreaterThanOrEqual(20_000);
});
