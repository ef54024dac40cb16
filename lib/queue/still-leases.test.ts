import { beforeEach, expect, test } from "vitest";
import { StillLeases } from "#lib/queue/still-leases.ts";

const LEASE_MS = 60_000;
let nowMs = 0;
let leases: StillLeases;

beforeEach(() => {
  nowMs = 5_000_000;
  leases = new StillLeases(LEASE_MS, () => nowMs);
});

/** Looks every five seconds for so long, always at the same rows; answers the keys of the last look. */
function lookFor(seconds: number, rows: () => { key: string; holder: string | number; beat: number }[]): string[] {
  let still: string[] = [];
  for (let passed = 0; passed < seconds; passed += 5) {
    nowMs += 5_000;
    still = leases.look(rows()).map(({ key }) => key);
  }
  return still;
}

const row = (key: string, beat: number, holder: string | number = 1) => ({ key, holder, beat });

test("a beat that stands still for the lease is told of, at that look and not before", () => {
  leases.look([row("a", 7)]);
  expect(lookFor(55, () => [row("a", 7)])).toEqual([]);
  expect(lookFor(5, () => [row("a", 7)])).toEqual(["a"]);
  expect(lookFor(5, () => [row("a", 7)])).toEqual(["a"]);
});

test("a beat that moves, even back, starts anew", () => {
  leases.look([row("a", 7)]);
  lookFor(55, () => [row("a", 7)]);
  expect(lookFor(60, () => [row("a", 6)])).toEqual([]);
  expect(lookFor(5, () => [row("a", 6)])).toEqual(["a"]);
  let beat = 100;
  expect(lookFor(600, () => [row("a", beat++)])).toEqual([]);
});

test("another attempt starts anew, though its beat is the same", () => {
  leases.look([row("a", 7, 1)]);
  lookFor(55, () => [row("a", 7, 1)]);
  expect(lookFor(60, () => [row("a", 7, 2)])).toEqual([]);
  expect(lookFor(5, () => [row("a", 7, 2)])).toEqual(["a"]);
});

test("a row that was not seen for one look is forgotten", () => {
  leases.look([row("a", 7), row("b", 1)]);
  lookFor(55, () => [row("a", 7), row("b", 1)]);
  expect(lookFor(5, () => [row("b", 1)])).toEqual(["b"]);
  expect(lookFor(60, () => [row("a", 7)])).toEqual([]);
});

test("a reaper that slept does not judge by its sleep: one look more, and holders may show that they live", () => {
  leases.look([row("alive", 1), row("dead", 1)]);
  nowMs += 3_600_000;
  expect(leases.look([row("alive", 1), row("dead", 1)])).toEqual([]);
  nowMs += 40_000;
  expect(leases.look([row("alive", 2), row("dead", 1)])).toEqual([row("dead", 1)]);
});

test("answers the rows as they were given, large counters included", () => {
  const held = { key: "a", holder: "wrk_1", beat: 9_007_199_254_740_993n, tenantId: "ten_1" };
  leases.look([held]);
  nowMs += LEASE_MS;
  leases.look([{ ...held, beat: 9_007_199_254_740_992n }]);
  nowMs += LEASE_MS;
  expect(leases.look([held])).toEqual([]);
  nowMs += LEASE_MS;
  leases.look([held]);
  nowMs += LEASE_MS;
  expect(leases.look([held])).toEqual([held]);
});
