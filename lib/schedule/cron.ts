import { CronExpressionParser } from "cron-parser/dist/CronExpressionParser.js";

/**
 * Why a cron expression cannot be used, as one sentence, or null when it can.
 * Five fields as in POSIX crontab(5): minute, hour, day of month, month, day of week; names, steps, `L` and `#` are understood.
 */
export function cronProblem(expression: string): string | null {
  const fields = expression.trim().split(/\s+/).filter(Boolean);
  if (fields.length !== FIELDS.length) {
    if (fields.length === 6)
      return "This cron expression has six fields, as if the first were seconds: a minute is the shortest step, so leave that one out.";
    return `A cron expression has five fields (minute, hour, day of month, month, day of week); this one has ${fields.length}.`;
  }
  for (const [index, text] of fields.entries()) {
    const problem = fieldProblem(index, text);
    if (problem !== null) return problem;
  }
  return neverProblem(expression);
}

/**
 * The local times that match, strictly after `wallMs`, in order.
 * Times are wall-clock readings written as if the clock were UTC, in milliseconds (see wall-time.ts).
 */
export function* cronWallsAfter(expression: string, wallMs: number): Generator<number> {
  const matches = parse(expression, wallMs);
  while (true) yield matches.next().getTime();
}

/** The same expression at midnight: which days it touches. */
export function daysOf(expression: string): string {
  const [, , ...days] = expression.trim().split(/\s+/);
  return ["0", "0", ...days].join(" ");
}

/** Minutes of the day at which the expression matches on a day that it touches, ascending. */
export function minutesOfDay(expression: string): number[] {
  const { hour, minute } = parse(expression, REFERENCE_MS).fields;
  return hour.values.flatMap((hours) => minute.values.map((minutes) => hours * 60 + minutes));
}

const FIELDS = [
  { name: "minute", size: 60 },
  { name: "hour", size: 24 },
  { name: "day of month", size: 31 },
  { name: "month", size: 12 },
  { name: "day of week", size: 7 },
] as const;

/** 2000-01-01: a leap year, and the first of 400 years after which the calendar repeats itself. */
const REFERENCE_MS = Date.UTC(2000, 0, 1);

/** Four years and a day more. */
const LONGEST_WAIT_MS = (4 * 365 + 2) * 86_400_000;

function fieldProblem(index: number, text: string): string | null {
  const field = FIELDS[index];
  if (field === undefined) return null;
  // The library fills in "H" at random, which would move the schedule at every start.
  if (/(^|[,/(])H/i.test(text)) return `The ${field.name} "${text}" uses "H", which is not supported: write the value itself.`;
  const step = /\/(\d+)/.exec(text)?.[1];
  if (step !== undefined && Number(step) > field.size) {
    return `The ${field.name} "${text}" has a step of ${step}, but there are only ${field.size} values: it would not do what it says.`;
  }
  try {
    parse(FIELDS.map((_, other) => (other === index ? text : "*")).join(" "), REFERENCE_MS);
    return null;
  } catch (error) {
    return `The ${field.name} "${text}" is not valid: ${causeOf(error)}.`;
  }
}

/**
 * Asks for a match from each leap day of a century on, so that a schedule that was accepted cannot run dry later; one that keeps waiting for longer than from
 * a leap day to the next counts as none.
 */
function neverProblem(expression: string): string | null {
  const isSeen = (fromMs: number) => parse(expression, fromMs).next().getTime() - fromMs <= LONGEST_WAIT_MS;
  try {
    for (let year = 2000; year < 2092; year += 4) if (!isSeen(Date.UTC(year, 1, 29, 23, 59))) return hardlyEver(expression);
    return null;
  } catch {
    return hardlyEver(expression);
  }
}

function hardlyEver(expression: string): string {
  return `No date, or hardly any, matches "${expression.trim()}": check the day of month against the month.`;
}

function parse(expression: string, wallMs: number) {
  return CronExpressionParser.parse(expression.trim(), { tz: "UTC", currentDate: new Date(wallMs) });
}

function causeOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes("NaN")) return "a range has two ends, as in 1-5";
  return message.replace(/^Constraint error, /, "").replace(/\.$/, "");
}
