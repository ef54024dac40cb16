import { cronWallsAfter } from "#lib/schedule/cron.ts";
import type { Schedule, ScheduleInput } from "#lib/schedule/schemas.ts";
import { DAY_MS, MINUTE_MS, dayOf, formatWall, instantOf, minuteOf, wallAt } from "#lib/schedule/wall-time.ts";

export interface Occurrence {
  /** The local time the schedule names, with its zone: "2026-11-22T01:00[Europe/Berlin]". The same run has the same name forever. */
  occurrence: string;
  /** The instant of it. */
  dueAt: Date;
}

/**
 * The next `count` runs of a schedule, each strictly later than `after` and than the one before.
 * A local time that the clock shows twice runs the first time only; one that the clock skips runs at the first moment after the
 * jump, and several that fall into one jump run once.
 */
export function occurrencesAfter(schedule: Schedule, after: Date, count: number): Occurrence[] {
  const found: Occurrence[] = [];
  if (count < 1) return found;
  const { timeZone } = schedule;
  let lastMs = after.getTime();
  for (const wallMs of wallsAfter(schedule, wallAt(lastMs, timeZone))) {
    const dueMs = instantOf(wallMs, timeZone);
    if (dueMs <= lastMs) continue;
    lastMs = dueMs;
    found.push({ occurrence: `${formatWall(wallMs)}[${timeZone}]`, dueAt: new Date(dueMs) });
    if (found.length === count) break;
  }
  return found;
}

/**
 * The stored form of a schedule. An interval counts from the day it names itself, else from the day it counted from before
 * (so that editing does not shift it), else from the day of its first possible run after `now`.
 */
export function anchorSchedule(input: ScheduleInput, previous: Schedule | null, now: Date): Schedule {
  if (input.kind !== "interval") return input;
  const { anchorDate, ...rest } = input;
  if (anchorDate !== undefined) return { ...rest, anchorDate };
  if (previous?.kind === "interval") return { ...rest, anchorDate: previous.anchorDate };
  const [first] = occurrencesAfter({ kind: "hours", at: input.at, timeZone: input.timeZone }, now, 1);
  const firstDay = first?.occurrence ?? formatWall(wallAt(now.getTime(), input.timeZone));
  return { ...rest, anchorDate: firstDay.slice(0, 10) };
}

/** Local times that the schedule names, strictly after `wallMs`, in order, without end. */
function wallsAfter(schedule: Schedule, wallMs: number): Iterable<number> {
  switch (schedule.kind) {
    case "daily":
      return dayWallsAfter(wallMs, [schedule.at], 1, 0);
    case "hours":
      return dayWallsAfter(wallMs, schedule.at, 1, 0);
    case "interval":
      return dayWallsAfter(wallMs, schedule.at, schedule.everyDays, dayOf(schedule.anchorDate));
    case "cron":
      return cronWallsAfter(schedule.expression, wallMs);
  }
}

function* dayWallsAfter(wallMs: number, at: string[], everyDays: number, anchorDay: number): Generator<number> {
  const offsetsMs = at.map((time) => minuteOf(time) * MINUTE_MS).sort((a, b) => a - b);
  const firstDay = Math.max(Math.floor(wallMs / DAY_MS), anchorDay);
  for (let day = anchorDay + Math.ceil((firstDay - anchorDay) / everyDays) * everyDays; ; day += everyDays) {
    for (const offsetMs of offsetsMs) {
      if (day * DAY_MS + offsetMs > wallMs) yield day * DAY_MS + offsetMs;
    }
  }
}
