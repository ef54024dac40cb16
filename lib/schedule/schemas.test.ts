import { describe, expect, it } from "vitest";
import { retentionSchema, scheduleSchema, storedScheduleSchema } from "#lib/schedule/schemas.ts";

function problems(schedule: unknown): string[] {
  const result = scheduleSchema.safeParse(schedule);
  return result.success ? [] : result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
}

const cron = (expression: string) => problems({ kind: "cron", expression, timeZone: "UTC" });

describe("scheduleSchema", () => {
  it.each([
    { kind: "daily", at: "01:00", timeZone: "UTC" },
    { kind: "interval", everyDays: 366, at: ["01:00"], timeZone: "Asia/Kolkata" },
    { kind: "interval", everyDays: 2, at: ["01:00"], timeZone: "UTC", anchorDate: "2026-02-28" },
    { kind: "hours", at: ["01:00", "13:00"], timeZone: "America/Argentina/Buenos_Aires" },
    { kind: "cron", expression: "0 1 * * MON-FRI", timeZone: "Etc/GMT+5" },
  ])("accepts %j", (schedule) => {
    expect(problems(schedule)).toEqual([]);
  });

  it.each([
    [{ kind: "daily", at: "1:00", timeZone: "UTC" }, "at: Write the time"],
    [{ kind: "daily", at: "24:00", timeZone: "UTC" }, "at: Write the time"],
    [{ kind: "daily", at: "01:00", timeZone: "Mars/Base" }, 'timeZone: "Mars/Base" is not a known time zone'],
    [{ kind: "daily", at: "01:00", timeZone: "+01:00" }, "timeZone: "],
    [{ kind: "daily", at: "01:00", timeZone: "" }, "timeZone: "],
    [{ kind: "hours", at: [], timeZone: "UTC" }, "at: Name at least one"],
    [{ kind: "hours", at: ["01:00", "01:00"], timeZone: "UTC" }, "at: Name each time"],
    [{ kind: "interval", everyDays: 0, at: ["01:00"], timeZone: "UTC" }, "everyDays: The shortest"],
    [{ kind: "interval", everyDays: 367, at: ["01:00"], timeZone: "UTC" }, "everyDays: The longest"],
    [{ kind: "interval", everyDays: 1.5, at: ["01:00"], timeZone: "UTC" }, "everyDays: Write a whole number"],
    [{ kind: "interval", everyDays: 2, at: ["01:00"], timeZone: "UTC", anchorDate: "2026-02-30" }, "anchorDate: "],
    [{ kind: "interval", everyDays: 2, at: ["01:00"], timeZone: "UTC", anchorDate: "9999-12-31" }, "anchorDate: Name a first day within"],
    [{ kind: "weekly" }, "kind: "],
    [{ kind: "daily", at: "01:00", timeZone: "UTC", surprise: 1 }, ": Unrecognized key"],
  ])("refuses %j beside the field", (schedule, message) => {
    expect(problems(schedule)).toEqual([expect.stringContaining(message)]);
  });

  it("stores an interval only with the day it counts from", () => {
    expect(storedScheduleSchema.safeParse({ kind: "interval", everyDays: 2, at: ["01:00"], timeZone: "UTC" }).success).toBe(false);
  });
});

describe("a cron expression is refused with its real cause", () => {
  it.each([
    ["0 1 * *", "has five fields", "this one has 4"],
    ["0 0 1 * * *", "six fields", "a minute is the shortest step"],
    ["*/10 * * * * *", "six fields", "leave that one out"],
    ["-1 * * * *", 'minute "-1"', "a range has two ends"],
    ["0 0 30 2 *", "No date", "30 2"],
    ["0 0 31 4,6,9,11 *", "No date", "4,6,9,11"],
    ["0 0 * FEB 1#5", "hardly any", "FEB 1#5"],
    ["@daily", "has five fields", "this one has 1"],
    ["61 1 * * *", 'minute "61"', "0-59"],
    ["0 1,25 * * *", 'hour "1,25"', "0-23"],
    ["0 0 32 * *", 'day of month "32"', "1-31"],
    ["0 0 * 13 *", 'month "13"', "1-12"],
    ["0 0 * * 8", 'day of week "8"', "0-7"],
    ["5-1 * * * *", 'minute "5-1"', "Invalid range"],
    ["noon * * * *", 'minute "noon"', "Invalid characters"],
    ["H 1 * * *", 'minute "H"', "not supported"],
    ["*/90 * * * *", 'minute "*/90"', "step of 90"],
    ["0 0 31 2 *", "No date", "31 2"],
  ])("%s", (expression, where, why) => {
    const [message = "", ...others] = cron(expression);
    expect(message).toContain(where);
    expect(message).toContain(why);
    expect(others).toEqual([]);
  });

  it.each(["0 0 29 2 *", "0  3 * * 7", " 0 0 L * * ", "0 9 * * 1#2", "*/15 9-17 * * MON-FRI"])("and %s is accepted", (expression) => {
    expect(cron(expression)).toEqual([]);
  });
});

describe("retentionSchema", () => {
  it("wants at least one rule, of at least 1", () => {
    expect(retentionSchema.safeParse({ keepLast: 30 }).success).toBe(true);
    expect(retentionSchema.safeParse({ keepDaily: 7, keepYearly: 1 }).success).toBe(true);
    expect(retentionSchema.safeParse({}).error?.issues[0]?.message).toContain("at least one rule");
    expect(retentionSchema.safeParse({ keepLast: 0 }).error?.issues[0]?.message).toContain("at least 1");
    expect(retentionSchema.safeParse({ keepLast: 1.5 }).success).toBe(false);
    expect(retentionSchema.safeParse({ keepLats: 3 }).success).toBe(false);
  });
});
