import { describe, expect, test } from "vitest";
import { judgeDue } from "#worker/judge-due.ts";

const hourly = { kind: "cron", expression: "0 * * * *", timeZone: "UTC" } as const;
const at = (time: string) => new Date(`2026-11-22T${time}:00Z`);
const planned = (time: string) => ({ occurrence: `2026-11-22T${time}[UTC]`, dueAt: at(time) });
const question = { schedule: hourly, since: null, catchUp: "latest", windowMinutes: 30 } as const;
const name = (time: string) => `2026-11-22T${time}[UTC]`;

test("a run that is on time begins", () => {
  expect(judgeDue({ ...question, due: [planned("01:00")], now: at("01:00") })).toEqual({
    unplanned: [],
    missed: [],
    run: name("01:00"),
  });
});

test("after a downtime the latest runs and every other one was missed, planned or not", () => {
  const verdict = judgeDue({ ...question, due: [planned("02:00"), planned("01:00")], now: at("04:10") });
  expect(verdict.unplanned.map((each) => each.occurrence)).toEqual([name("03:00"), name("04:00")]);
  expect(verdict.missed).toEqual([name("01:00"), name("02:00"), name("03:00")]);
  expect(verdict.run).toBe(name("04:00"));
});

test("a policy that does not catch up misses all that are past their window", () => {
  const verdict = judgeDue({ ...question, catchUp: "skip", due: [planned("01:00"), planned("02:00")], now: at("02:45") });
  expect(verdict.missed).toEqual([name("01:00"), name("02:00")]);
  expect(verdict.run).toBeNull();
});

test("within the window, a late run is as good as one on time", () => {
  const verdict = judgeDue({ ...question, catchUp: "skip", due: [planned("01:00"), planned("02:00")], now: at("02:20") });
  expect(verdict.missed).toEqual([name("01:00")]);
  expect(verdict.run).toBe(name("02:00"));
});

describe("what came due before its schedule was edited", () => {
  const due = [planned("00:30"), planned("01:30")];
  const edited = { ...question, since: at("02:10"), due };

  test("runs, the latest of it; nothing that the new schedule would have named before is invented", () => {
    expect(judgeDue({ ...edited, now: at("02:20") })).toEqual({ unplanned: [], missed: [name("00:30")], run: name("01:30") });
  });

  test("was missed when the new schedule, too, has come due since", () => {
    const verdict = judgeDue({ ...edited, now: at("04:20") });
    expect(verdict.unplanned.map((each) => each.occurrence)).toEqual([name("03:00"), name("04:00")]);
    expect(verdict.missed).toEqual([name("00:30"), name("01:30"), name("03:00")]);
    expect(verdict.run).toBe(name("04:00"));
  });

  test("was missed when the policy does not catch up", () => {
    const verdict = judgeDue({ ...edited, catchUp: "skip", windowMinutes: 30, now: at("02:20") });
    expect(verdict).toEqual({ unplanned: [], missed: [name("00:30"), name("01:30")], run: null });
  });
});

test("a local time that exists twice is one run", () => {
  const schedule = { kind: "daily", at: "02:30", timeZone: "Europe/Berlin" } as const;
  const first = { occurrence: "2026-10-25T02:30[Europe/Berlin]", dueAt: new Date("2026-10-25T00:30:00Z") };
  const verdict = judgeDue({ ...question, schedule, due: [first], now: new Date("2026-10-25T01:45:00Z") });
  expect(verdict).toMatchObject({ unplanned: [], missed: [], run: first.occurrence });
});

test("a gap of years does not make a row for every minute of it", () => {
  const schedule = { kind: "cron", expression: "*/5 * * * *", timeZone: "UTC" } as const;
  const first = { occurrence: "2026-01-01T00:00[UTC]", dueAt: new Date("2026-01-01T00:00:00Z") };
  const verdict = judgeDue({ ...question, schedule, due: [first], now: new Date("2026-02-01T00:00:00Z") });
  expect(verdict.unplanned).toHaveLength(100);
  expect(verdict.run).toBe("2026-02-01T00:00[UTC]");
});

test("a clock that jumped years ahead is no work of years", () => {
  const schedule = { kind: "cron", expression: "* * * * *", timeZone: "UTC" } as const;
  const first = { occurrence: "2026-01-01T00:00[UTC]", dueAt: new Date("2026-01-01T00:00:00Z") };
  const verdict = judgeDue({ ...question, schedule, due: [first], now: new Date("2046-01-01T00:00:30Z") });
  expect(verdict.unplanned.map((each) => each.occurrence).slice(-2)).toEqual(["2045-12-31T23:59[UTC]", "2046-01-01T00:00[UTC]"]);
  expect(verdict.unplanned).toHaveLength(100);
  expect(verdict.run).toBe("2046-01-01T00:00[UTC]");
});
