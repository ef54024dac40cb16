import { cronWallsAfter, daysOf, minutesOfDay } from "#lib/schedule/cron.ts";
import { cronWords, listWords } from "#lib/schedule/cron-words.ts";
import type { Retention, ScheduleInput } from "#lib/schedule/schemas.ts";
import { DAY_MS, minuteOf } from "#lib/schedule/wall-time.ts";

/** When a schedule runs, in plain words: "Every day at 01:00 UTC". */
export function describeSchedule(schedule: ScheduleInput): string {
  return `${rhythmWords(schedule)} ${schedule.timeZone === "UTC" ? "UTC" : `(${schedule.timeZone})`}`;
}

/** What retention keeps, in plain words: "Keeps the last 30". */
export function describeRetention(retention: Retention): string {
  const rules: [number | undefined, (count: number) => string][] = [
    [retention.keepLast, (count) => (count === 1 ? "the last one" : `the last ${count}`)],
    [retention.keepDays, (count) => `everything from the last ${counted(count, "day")}`],
    [retention.keepDaily, (count) => `one a day for ${counted(count, "day")}`],
    [retention.keepWeekly, (count) => `one a week for ${counted(count, "week")}`],
    [retention.keepMonthly, (count) => `one a month for ${counted(count, "month")}`],
    [retention.keepYearly, (count) => `one a year for ${counted(count, "year")}`],
  ];
  return `Keeps ${listWords(rules.flatMap(([count, words]) => (count === undefined ? [] : [words(count)])))}`;
}

/**
 * What a policy promises as long as its runs succeed, in words: "At most 24 h of changes can be lost; kept for 30 backups, about a month." `year` is what a year
 * of it comes to (simulate-year.ts).
 */
export function describeContract(schedule: ScheduleInput, retention: Retention, year: YearOfBackups): string {
  return `At most ${pauseWords(longestPauseMinutes(schedule))} of changes can be lost; ${keptWords(retention, year)}.`;
}

/** As simulateYear answers it. */
interface YearOfBackups {
  days: number;
  backups: number;
  oldestDays: number;
}

/**
 * How old, in hours, the newest backup may get before the schedule's promise is broken: the longest time between two runs,
 * and two hours more, one because a clock can be put back, one for the run itself.
 */
export function maximumAgeHours(schedule: ScheduleInput): number {
  return Math.ceil(longestPauseMinutes(schedule) / 60) + 2;
}

function pauseWords(minutes: number): string {
  if (minutes <= 90) return `${minutes} min`;
  const hours = Math.ceil(minutes / 60);
  return hours <= 72 ? `${hours} h` : counted(Math.ceil(hours / 24), "day");
}

function keptWords({ keepLast, ...others }: Retention, { days, backups, oldestDays }: YearOfBackups): string {
  if (backups === 0) return "no backup is made within a year";
  const isOnlyLast = Object.values(others).every((count) => count === undefined);
  // Nothing is deleted yet at the end of what was reckoned, so that it lasts at least as long.
  const isLonger = keepLast !== undefined && backups < keepLast;
  const time = isLonger ? `more than ${aboutDays(days - 1)}` : `about ${aboutDays(oldestDays + 1)}`;
  if (isOnlyLast) return `kept for ${counted(keepLast ?? 0, "backup")}, ${time}`;
  const reaches = oldestDays >= days - 2 ? `${aboutDays(days - 1)} back or more` : `about ${aboutDays(oldestDays + 1)} back`;
  return `kept as ${counted(backups, "backup")} that reach ${reaches}`;
}

/** Days in the roundest words that are about right: "5 days", "3 weeks", "a month", "4 months", "a year". */
function aboutDays(days: number): string {
  if (days <= 1) return "a day";
  if (days < 14 || days === 15) return `${days} days`;
  if (days < 28) return `${Math.round(days / 7)} weeks`;
  if (days >= 350) return "a year";
  const months = Math.round(days / 30.4);
  return months === 1 ? "a month" : `${months} months`;
}

function rhythmWords(schedule: ScheduleInput): string {
  switch (schedule.kind) {
    case "daily":
      return `Every day at ${schedule.at}`;
    case "hours":
      return `Every day at ${listWords(schedule.at.toSorted())}`;
    case "interval":
      return `Every ${schedule.everyDays === 1 ? "day" : `${schedule.everyDays} days`} at ${listWords(schedule.at.toSorted())}`;
    case "cron":
      return cronWords(schedule.expression) ?? `By the cron expression "${schedule.expression.trim()}"`;
  }
}

function longestPauseMinutes(schedule: ScheduleInput): number {
  switch (schedule.kind) {
    case "daily":
      return longestPause([minuteOf(schedule.at)], 1);
    case "hours":
      return longestPause(schedule.at.map(minuteOf), 1);
    case "interval":
      return longestPause(schedule.at.map(minuteOf), schedule.everyDays);
    case "cron":
      return longestPause(minutesOfDay(schedule.expression), longestPauseDays(schedule.expression));
  }
}

/** Longest time in minutes between two runs that happen at these minutes of a day, on days at most `days` apart. */
function longestPause(minutes: number[], days: number): number {
  const sorted = minutes.toSorted((a, b) => a - b);
  const [first = 0] = sorted;
  const pauses = sorted.map((minute, index) => (sorted[index + 1] ?? first + days * 1440) - minute);
  return Math.max(...pauses, 0);
}

/** Longest time in days between two days that a cron expression touches, looked up over 16 years or 400 such days. */
function longestPauseDays(expression: string): number {
  const [, , dayOfMonth, month, dayOfWeek = "*"] = expression.trim().split(/\s+/);
  const weekly = dayOfMonth === "*" && month === "*" && !/[L#]/i.test(dayOfWeek);
  const limit = weekly ? 8 : 400;
  const start = Date.UTC(2001, 0, 1);
  let longest = 0;
  let seen = 0;
  let previous: number | null = null;
  for (const wallMs of cronWallsAfter(daysOf(expression), start)) {
    if (previous !== null) longest = Math.max(longest, (wallMs - previous) / DAY_MS);
    previous = wallMs;
    seen += 1;
    if (seen >= limit || wallMs > Date.UTC(2017, 0, 1)) break;
  }
  return longest;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
