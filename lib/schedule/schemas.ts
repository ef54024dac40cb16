import { IANAZone } from "luxon";
import { z } from "zod";
import { cronProblem } from "#lib/schedule/cron.ts";

// Runs in the browser too: imports nothing of Node's.

const timeZoneSchema = z.string().refine(isTimeZone, {
  error: ({ input }) => `${JSON.stringify(input)} is not a known time zone: write a name such as "Europe/Berlin" or "UTC".`,
});

const localTimeSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Write the time with two digits each, from "00:00" to "23:59".');

const localTimesSchema = z
  .array(localTimeSchema)
  .min(1, "Name at least one time of the day.")
  .max(96, "Name at most 96 times of the day.")
  .refine((times) => new Set(times).size === times.length, "Name each time of the day once.");

const FURTHEST_ANCHOR_DAYS = 366;

const everyDaysSchema = z
  .int("Write a whole number of days.")
  .min(1, "The shortest interval is 1 day.")
  .max(366, "The longest interval is 366 days.");

const cronExpressionSchema = z
  .string()
  .max(200, "A cron expression has at most 200 characters.")
  .superRefine((expression, context) => {
    const problem = cronProblem(expression);
    if (problem !== null) context.addIssue({ code: "custom", message: problem });
  });

const dailySchema = z.strictObject({ kind: z.literal("daily"), at: localTimeSchema, timeZone: timeZoneSchema });
const hoursSchema = z.strictObject({ kind: z.literal("hours"), at: localTimesSchema, timeZone: timeZoneSchema });
const cronSchema = z.strictObject({ kind: z.literal("cron"), expression: cronExpressionSchema, timeZone: timeZoneSchema });
const anchoredIntervalSchema = z.strictObject({
  kind: z.literal("interval"),
  everyDays: everyDaysSchema,
  at: localTimesSchema,
  timeZone: timeZoneSchema,
  /** The local day from which the days are counted, so that pausing or editing does not shift them. */
  anchorDate: z.iso.date("Write the first day as YYYY-MM-DD."),
});
/** A first day in ten years would be a policy that never runs; what is stored already stays as it is. */
const nearAnchorSchema = anchoredIntervalSchema.shape.anchorDate.refine(
  (date) => Date.parse(date) <= Date.now() + FURTHEST_ANCHOR_DAYS * 86_400_000,
  `Name a first day within the next ${FURTHEST_ANCHOR_DAYS} days.`,
);
const intervalSchema = anchoredIntervalSchema.extend({ anchorDate: nearAnchorSchema.optional() });

/** A schedule as a person or program gives it. `anchorSchedule` (due.ts) makes the stored form of it. */
export const scheduleSchema = z.discriminatedUnion("kind", [dailySchema, intervalSchema, hoursSchema, cronSchema]);
export type ScheduleInput = z.infer<typeof scheduleSchema>;

/** A schedule as it is stored: an interval always knows the day it counts from. */
export const storedScheduleSchema = z.discriminatedUnion("kind", [dailySchema, anchoredIntervalSchema, hoursSchema, cronSchema]);
export type Schedule = z.infer<typeof storedScheduleSchema>;

const countSchema = z
  .int("Write a whole number.")
  .min(1, "Keep at least 1, or leave it empty.")
  .max(100_000, "Keep at most 100000.")
  .optional();

/** What retention keeps: the union of its rules. Counts are backups, except `keepDays`, which is an age in days. */
export const retentionSchema = z
  .strictObject({
    keepLast: countSchema,
    keepDays: countSchema,
    keepDaily: countSchema,
    keepWeekly: countSchema,
    keepMonthly: countSchema,
    keepYearly: countSchema,
  })
  .refine((rules) => Object.values(rules).some((count) => count !== undefined), "Say what to keep: at least one rule is needed.");
export type Retention = z.infer<typeof retentionSchema>;

/** Names only: an offset such as "+01:00" knows no daylight saving and is refused. */
function isTimeZone(name: string): boolean {
  return /^[A-Za-z]/.test(name) && IANAZone.isValidZone(name);
}
