import { expect, test } from "vitest";
import { type DuePair, dueSettler } from "#worker/settle-due.ts";

const dueAt = new Date("2026-03-03T01:00:00Z");

/** One system of a policy of its own tenant, whose run is due right now. */
function pairOf(index: number): DuePair {
  return {
    tenantId: `ten_${index}`,
    policyId: `pol_${index}`,
    systemId: `sys_${index}`,
    schedule: { kind: "daily", at: "01:00", timeZone: "UTC" },
    catchUp: "latest",
    windowMinutes: 60,
    since: null,
    isWanted: true,
    isPaused: false,
    now: dueAt,
    due: [{ id: `run_${index}`, occurrence: "2026-03-03T01:00[UTC]", dueAt: dueAt.toISOString() }],
  };
}

/** Milliseconds that each of twenty waits, in a crowd of so many. */
function waits(runs: number): (number | null)[] {
  const settle = dueSettler(new Map([[dueAt.getTime(), runs]]));
  return Array.from({ length: 20 }, (_, index) => {
    const { run } = settle(pairOf(index));
    return run && run.beginsAt.getTime() - dueAt.getTime();
  });
}

test("many small policies that are due at the same time are spread like a big one, and say so; few are prompt", () => {
  expect(Math.max(...waits(20).map(Number))).toBeLessThan(200);
  const spread = waits(10_000).map(Number);
  expect(Math.max(...spread)).toBeGreaterThan(50_000);
  expect(Math.max(...spread)).toBeLessThan(100_000);
  expect(new Set(spread).size).toBe(20);
  const { run } = dueSettler(new Map([[dueAt.getTime(), 10_000]]))(pairOf(spread.indexOf(Math.max(...spread))));
  expect(run?.waitingFor).toContain("one after the other");
});
