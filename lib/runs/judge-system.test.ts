import { expect, test } from "vitest";
import { judgeAll, judgeSystem } from "#lib/runs/judge-system.ts";

const now = new Date("2026-03-03T12:00:00Z");
const good = {
  isRunning: false,
  lastRun: { status: "completed", message: null },
  lastBackup: { createdAt: new Date("2026-03-03T01:00:00Z"), proven: "valid" },
  lastGoodAt: new Date("2026-03-03T01:00:00Z"),
  isIncomplete: false,
  promiseHours: 26,
  onlyOnThisMachine: false,
  damage: null,
  unverifiedSince: null,
};
const stateOf = (some: Partial<typeof good> | Record<string, unknown>) => judgeSystem({ ...good, ...some }, now).state;

test("backed up within its promise, in a second place", () => {
  expect(judgeSystem(good, now)).toEqual({ state: "proven", reason: null });
});

test("what needs a person comes first", () => {
  expect(stateOf({ lastRun: { status: "failed", message: "The host did not answer." }, isRunning: true })).toBe("attention");
  expect(stateOf({ lastRun: { status: "missed", message: null } })).toBe("attention");
  const old = new Date("2026-03-01T01:00:00Z");
  expect(stateOf({ lastBackup: { createdAt: old, proven: "valid" }, lastGoodAt: old })).toBe("attention");
  expect(stateOf({ lastGoodAt: old })).toBe("attention");
  expect(stateOf({ lastBackup: { createdAt: old, proven: "stored" }, lastGoodAt: null })).toBe("attention");
});

test("warnings", () => {
  expect(stateOf({ onlyOnThisMachine: true })).toBe("warnings");
  expect(stateOf({ lastRun: { status: "partial", message: null }, isIncomplete: true })).toBe("warnings");
  expect(stateOf({ isIncomplete: true })).toBe("warnings");
  expect(stateOf({ lastGoodAt: null })).toBe("warnings");
  expect(stateOf({ lastGoodAt: new Date("2026-03-02T13:00:00Z") })).toBe("warnings");
  expect(stateOf({ promiseHours: null })).toBe("warnings");
});

test("a partial run is forgiven once every copy is stored", () => {
  const lastRun = { status: "partial", message: "“Cellar” did not take the archive." };
  expect(judgeSystem({ ...good, lastRun, isIncomplete: true }, now).reason).toBe(lastRun.message);
  expect(judgeSystem({ ...good, lastRun }, now)).toEqual({ state: "proven", reason: null });
});

test("a damaged backup needs a person, one that could not be asked for warns", () => {
  const damage = { createdAt: new Date("2026-02-01T01:00:00Z"), message: "“Cellar”: The archive is no longer there." };
  expect(judgeSystem({ ...good, damage, isRunning: true }, now)).toEqual({
    state: "attention",
    reason: "The backup made on 2026-02-01 failed its verification. “Cellar”: The archive is no longer there.",
  });
  expect(stateOf({ unverifiedSince: new Date("2026-02-01T01:00:00Z") })).toBe("warnings");
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
