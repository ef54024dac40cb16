import { describe, expect, it } from "vitest";
import { occurrencesAfter } from "#lib/schedule/due.ts";
import { planRetention, type RetainedBackup } from "#lib/schedule/retention.ts";
import type { Retention, Schedule } from "#lib/schedule/schemas.ts";
import { simulateYear, type YearAhead } from "#lib/schedule/simulate-year.ts";

const now = new Date("2026-07-15T12:00:00Z");
const daily: Schedule = { kind: "daily", at: "01:00", timeZone: "Europe/Berlin" };
const cron = (expression: string): Schedule => ({ kind: "cron", expression, timeZone: "UTC" });

describe("after a year of runs that all succeed", () => {
  it.each<[Schedule, Retention, YearAhead]>([
    [daily, { keepLast: 30 }, { days: 366, backups: 30, oldestDays: 29 }],
    [daily, { keepLast: 1000 }, { days: 366, backups: 366, oldestDays: 365 }],
    [daily, { keepDaily: 7, keepWeekly: 4, keepMonthly: 12 }, { days: 366, backups: 20, oldestDays: 319 }],
    [
      { kind: "interval", everyDays: 7, at: ["03:00"], timeZone: "UTC", anchorDate: "2026-07-16" },
      { keepDays: 30 },
      { days: 366, backups: 5, oldestDays: 29 },
    ],
    [cron("0 * * * *"), { keepDays: 2 }, { days: 366, backups: 49, oldestDays: 2 }],
    [cron("* * * * *"), { keepLast: 10 }, { days: 6, backups: 10, oldestDays: 0 }],
    [cron("0 0 29 2 *"), { keepLast: 10 }, { days: 366, backups: 0, oldestDays: 0 }],
  ])("%j with %j", (schedule, retention, expected) => {
    expect(simulateYear(schedule, retention, now)).toEqual(expected);
  });

  it("is what applying retention after each run comes to", () => {
    const retention = { keepLast: 3, keepDaily: 5, keepWeekly: 4, keepMonthly: 6 };
    let present: RetainedBackup[] = [];
    for (const { dueAt } of occurrencesAfter(daily, now, 366)) {
      present.push({ ...made, id: dueAt.toISOString(), createdAt: dueAt });
      const plan = planRetention({
        backups: present,
        policyId: "pol_1",
        systemIds: ["sys_1"],
        retention,
        now: dueAt,
        timeZone: daily.timeZone,
      });
      present = present.filter((_, index) => plan[index]?.keep);
    }
    expect(simulateYear(daily, retention, now).backups).toBe(present.length);
  });
});

const made = {
  systemId: "sys_1",
  policyId: "pol_1",
  trigger: "schedule",
  origin: "run",
  authenticity: "own",
  proven: "valid",
  hasStoredCopy: true,
  pinned: false,
  pinnedUntil: null,
  retentionHeld: false,
};
