import { describe, expect, it } from "vitest";
import { describeContract, describeRetention, describeSchedule, maximumAgeHours } from "#lib/schedule/contract.ts";
import { anchorSchedule } from "#lib/schedule/due.ts";
import type { Retention, ScheduleInput } from "#lib/schedule/schemas.ts";
import { simulateYear } from "#lib/schedule/simulate-year.ts";

const cron = (expression: string, timeZone = "UTC") => ({ kind: "cron", expression, timeZone }) as const;

describe("describeSchedule", () => {
  it.each([
    [{ kind: "daily", at: "01:00", timeZone: "UTC" } as const, "Every day at 01:00 UTC"],
    [{ kind: "daily", at: "01:00", timeZone: "Europe/Berlin" } as const, "Every day at 01:00 (Europe/Berlin)"],
    [{ kind: "hours" as const, at: ["13:00", "01:00", "19:00"], timeZone: "UTC" }, "Every day at 01:00, 13:00 and 19:00 UTC"],
    [{ kind: "interval" as const, everyDays: 2, at: ["01:00"], timeZone: "UTC" }, "Every 2 days at 01:00 UTC"],
    [{ kind: "interval" as const, everyDays: 1, at: ["01:00"], timeZone: "UTC" }, "Every day at 01:00 UTC"],
    [cron("0 1 * * *"), "Every day at 01:00 UTC"],
    [cron("30 2 * * 1-5", "Europe/Berlin"), "Monday to Friday at 02:30 (Europe/Berlin)"],
    [cron("0 4 * * sun"), "Every Sunday at 04:00 UTC"],
    [cron("5 4,16 * * MON,7"), "Every Monday and Sunday at 04:05 and 16:05 UTC"],
    [cron("0 3 1,15 * *"), "On days 1 and 15 of every month at 03:00 UTC"],
    [cron("0 3 L * *"), "On the last day of every month at 03:00 UTC"],
    [cron("*/15 * * * *"), "Every 15 minutes, UTC"],
    [cron("0 3 1 * 1"), 'By the cron expression "0 3 1 * 1" UTC'],
    [cron("*/7 * * * *", "Asia/Tokyo"), 'By the cron expression "*/7 * * * *" (Asia/Tokyo)'],
  ])("%j", (schedule, words) => {
    expect(describeSchedule(schedule)).toBe(words);
  });
});

describe("describeRetention", () => {
  it.each([
    [{ keepLast: 30 }, "Keeps the last 30"],
    [{ keepLast: 1 }, "Keeps the last one"],
    [{ keepDays: 14 }, "Keeps everything from the last 14 days"],
    [
      { keepLast: 5, keepDaily: 7, keepWeekly: 4, keepMonthly: 12, keepYearly: 1 },
      "Keeps the last 5, one a day for 7 days, one a week for 4 weeks, one a month for 12 months and one a year for 1 year",
    ],
  ])("%j", (retention, words) => {
    expect(describeRetention(retention)).toBe(words);
  });
});

describe("maximumAgeHours is the longest pause and two hours", () => {
  it.each([
    [{ kind: "daily", at: "01:00", timeZone: "UTC" } as const, 24 + 2],
    [{ kind: "hours" as const, at: ["13:00", "01:00", "15:30"], timeZone: "UTC" }, 12 + 2],
    [{ kind: "interval" as const, everyDays: 2, at: ["01:00", "13:00"], timeZone: "UTC" }, 36 + 2],
    [cron("*/15 * * * *"), 1 + 2],
    [cron("0 9-17 * * 1-5"), 64 + 2],
    [cron("0 3 * * 0"), 168 + 2],
    [cron("0 0 L * *"), 31 * 24 + 2],
    [cron("0 0 31 * *"), 61 * 24 + 2],
    [cron("* * 1 1 *"), 365 * 24 + 1 + 2],
    [cron("0 0 29 2 *"), 1461 * 24 + 2],
  ])("%j", (schedule, hours) => {
    expect(maximumAgeHours(schedule)).toBe(hours);
  });
});

describe("describeContract", () => {
  const daily = { kind: "daily", at: "01:00", timeZone: "UTC" } as const;
  const now = new Date("2026-11-22T08:00:00Z");
  it.each<[ScheduleInput, Retention, string]>([
    [daily, { keepLast: 30 }, "At most 24 h of changes can be lost; kept for 30 backups, about a month."],
    [daily, { keepLast: 1 }, "At most 24 h of changes can be lost; kept for 1 backup, about a day."],
    [daily, { keepLast: 1000 }, "At most 24 h of changes can be lost; kept for 1000 backups, more than a year."],
    [
      { kind: "hours", at: ["01:00", "13:00"], timeZone: "UTC" },
      { keepLast: 10 },
      "At most 12 h of changes can be lost; kept for 10 backups, about 5 days.",
    ],
    [
      { kind: "interval", everyDays: 7, at: ["03:00"], timeZone: "Europe/Berlin" },
      { keepLast: 4 },
      "At most 7 days of changes can be lost; kept for 4 backups, about 3 weeks.",
    ],
    [cron("*/15 * * * *"), { keepLast: 96 }, "At most 15 min of changes can be lost; kept for 96 backups, about a day."],
    [daily, { keepDays: 90 }, "At most 24 h of changes can be lost; kept as 90 backups that reach about 3 months back."],
    [
      daily,
      { keepDaily: 7, keepWeekly: 4, keepMonthly: 12 },
      "At most 24 h of changes can be lost; kept as 20 backups that reach about 11 months back.",
    ],
    [daily, { keepLast: 3, keepDays: 500 }, "At most 24 h of changes can be lost; kept as 366 backups that reach a year back or more."],
    [cron("0 0 29 2 *"), { keepLast: 3 }, "At most 1461 days of changes can be lost; no backup is made within a year."],
  ])("%j with %j", (schedule, retention, words) => {
    expect(describeContract(schedule, retention, simulateYear(anchorSchedule(schedule, null, now), retention, now))).toBe(words);
  });
});
