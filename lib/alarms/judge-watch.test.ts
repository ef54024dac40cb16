import { expect, test } from "vitest";
import { judgeWatch, type Watch } from "#lib/alarms/judge-watch.ts";

const now = new Date("2026-03-03T12:00:00Z");
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const good: Watch = { now, watchedMs: 3_600_000, lastLookAt: before(5), lateRuns: [], wrongClocks: [] };
const judge = (some: Partial<Watch>) => judgeWatch({ ...good, ...some }, { longestPauseMs: 60_000 });

test("a dispatcher that looks, and runs that begin, are no trouble", () => {
  expect(judge({})).toBeNull();
  expect(judge({ lastLookAt: before(59) })).toBeNull();
});

test("says since when nobody has looked, what that means, and what to do", () => {
  const trouble = judge({ lastLookAt: before(3600) });
  expect(trouble).toMatchObject({ kind: "missing", since: before(3600) });
  expect(trouble?.message).toBe(
    "Holdfast’s worker has not looked for due runs since 2026-03-03 11:00 UTC; backups are not being made. See that the worker runs (npm start, or HOLDFAST_ROLE=worker on its machine), and look into its log.",
  );
});

test("a look in the future is none", () => {
  expect(judge({ lastLookAt: before(-61) })?.kind).toBe("missing");
});

test("who has just started waits for the first look of the others", () => {
  expect(judge({ lastLookAt: before(3600), watchedMs: 60_000 })).toBeNull();
});

test("names the worker that lives and takes no work for its clock, and which way it is wrong", () => {
  const wrongClocks = [
    { workerId: "wrk_1", aheadMs: 12_300 },
    { workerId: "wrk_2", aheadMs: -7_200_000 },
  ];
  const message = judge({ lastLookAt: before(3600), wrongClocks })?.message;
  expect(message).toContain("The clock of the worker wrk_1 is 12 s ahead of the database’s, so it takes no work.");
  expect(message).toContain("wrk_2 is 7,200 s behind the database’s");
  expect(judge({ wrongClocks })).toBeNull();
});

test("runs that nobody begins are told of although somebody looks", () => {
  const lateRuns = [
    { tenantId: "ten_1", count: 2, oldestDueAt: before(7200), lateSince: before(3600) },
    { tenantId: "ten_2", count: 1, oldestDueAt: before(9000), lateSince: before(5400) },
  ];
  expect(judge({ lateRuns })).toMatchObject({ kind: "late", since: before(9000) });
  expect(judge({ lateRuns })?.message).toContain(
    "3 due runs have not begun although the time window is over; the oldest was due at 2026-03-03 09:30 UTC.",
  );
});
