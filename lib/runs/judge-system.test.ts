import { expect, test } from "vitest";
import { judgeAll, judgeSystem } from "#lib/runs/judge-system.ts";

const good = {
  isRunning: false,
  lastRun: { status: "completed", message: null },
  lastBackup: { createdAt: new Date("2026-03-03T01:00:00Z"), proven: "valid" },
  lastGoodAt: new Date("2026-03-03T01:00:00Z"),
  isIncomplete: false,
  promiseHours: 26,
  overdueSince: null,
  isPaused: false,
  onlyOnThisMachine: false,
  damage: null,
  unverifiedSince: null,
};
const stateOf = (some: Partial<typeof good> | Record<string, unknown>) => judgeSystem({ ...good, ...some }).state;

test("backed up within its promise, in a second place", () => {
  expect(judgeSystem(good)).toEqual({ state: "proven", reason: null });
});

test("what needs a person comes first", () => {
  expect(stateOf({ lastRun: { status: "failed", message: "The host did not answer." }, isRunning: true })).toBe("attention");
  expect(stateOf({ lastRun: { status: "missed", message: null } })).toBe("attention");
  expect(stateOf({ overdueSince: new Date("2026-03-02T01:00:00Z"), isRunning: true })).toBe("attention");
});

test("warnings", () => {
  expect(stateOf({ onlyOnThisMachine: true })).toBe("warnings");
  expect(stateOf({ lastRun: { status: "partial", message: null }, isIncomplete: true })).toBe("warnings");
  expect(stateOf({ isIncomplete: true })).toBe("warnings");
  expect(stateOf({ lastGoodAt: null })).toBe("warnings");
  expect(stateOf({ lastGoodAt: new Date("2026-03-02T13:00:00Z") })).toBe("warnings");
  expect(stateOf({ promiseHours: null })).toBe("warnings");
  expect(judgeSystem({ ...good, promiseHours: null, isPaused: true }).reason).toContain("switched off");
});

test("a partial run is forgiven once every copy is stored", () => {
  const lastRun = { status: "partial", message: "“Cellar” did not take the archive." };
  expect(judgeSystem({ ...good, lastRun, isIncomplete: true }).reason).toBe(lastRun.message);
  expect(judgeSystem({ ...good, lastRun })).toEqual({ state: "proven", reason: null });
});

test("a damaged backup needs a person, one that could not be asked for warns", () => {
  const damage = { createdAt: new Date("2026-02-01T01:00:00Z"), message: "“Cellar”: The archive is no longer there." };
  expect(judgeSystem({ ...good, damage, isRunning: true })).toEqual({
    state: "attention",
    reason: "The backup made on 2026-02-01 failed its verification. “Cellar”: The archive is no longer there.",
  });
  expect(stateOf({ unverifiedSince: new Date("2026-02-01T01:00:00Z") })).toBe("warnings");
});

test("a broken promise says how old a backup may get, or by when the first one was promised", () => {
  const overdueSince = new Date("2026-03-02T03:00:00Z");
  expect(judgeSystem({ ...good, overdueSince }).reason).toBe("The newest good backup is older than the 26 hours that its policy allows.");
  const never = { ...good, lastBackup: null, lastGoodAt: null, lastRun: null, overdueSince };
  expect(judgeSystem(never)).toEqual({
    state: "attention",
    reason: "It has no good backup, although its policy promised one by 2026-03-02 03:00 UTC.",
  });
});

test("before the first backup", () => {
  expect(stateOf({ lastBackup: null, lastRun: null })).toBe("waiting");
  expect(stateOf({ lastBackup: null, lastRun: null, isRunning: true })).toBe("running");
});

test("the state of everything is the worst that matters", () => {
  expect(judgeAll([])).toBe("waiting");
  expect(judgeAll(["waiting"])).toBe("waiting");
  expect(judgeAll(["proven", "waiting"])).toBe("proven");
  expect(judgeAll(["proven", "waiting"], 1)).toBe("warnings");
  expect(judgeAll(["waiting"], 1)).toBe("waiting");
  expect(judgeAll(["proven", "warnings", "running"])).toBe("running");
  expect(judgeAll(["running", "attention"])).toBe("attention");
});
