import { expect, test } from "vitest";
import { dayOf } from "#lib/runs/day-strip.ts";

const counts = { date: "2026-03-03", completed: 0, partial: 0, failed: 0, missed: 0, active: 0 };
const day = (some: Partial<typeof counts>) => dayOf("2026-03-03", { ...counts, ...some }, "2026-03-01");

test("a day with backups alone is backed up", () => {
  expect(day({ completed: 2 })).toEqual({ date: "2026-03-03", state: "backedUp", detail: "2 backups" });
});

test("a day with a backup and a failure is a warning", () => {
  expect(day({ completed: 1, failed: 2, missed: 1 })).toMatchObject({ state: "warning", detail: "1 backup, 2 failed, 1 missed" });
  expect(day({ partial: 1 })).toMatchObject({ state: "warning", detail: "1 backup, 1 of them not in every destination" });
});

test("failed and missed are two things", () => {
  expect(day({ failed: 1, missed: 1 }).state).toBe("failed");
  expect(day({ missed: 1 }).state).toBe("missed");
});

test("what is under way shows before anything else", () => {
  expect(day({ completed: 1, active: 1 }).state).toBe("running");
});

test("a day without runs is before the start, or had none planned", () => {
  expect(dayOf("2026-02-28", undefined, "2026-03-01")).toEqual({ date: "2026-02-28", state: "beforeStart" });
  expect(dayOf("2026-03-02", undefined, "2026-03-01")).toEqual({ date: "2026-03-02", state: "none" });
});
