import { type Occurrence, occurrencesAfter } from "#lib/schedule/due.ts";
import type { Schedule } from "#lib/schedule/schemas.ts";
import { MINUTE_MS } from "#lib/schedule/wall-time.ts";

/** A planned run whose time has come. */
export interface DueRun {
  occurrence: string;
  dueAt: Date;
}

export interface DueQuestion {
  schedule: Schedule;
  /** Since when the schedule holds, and the policy is enabled; null for since ever. */
  since: Date | null;
  catchUp: "latest" | "skip";
  /** How late a planned run may still begin as if it were on time. */
  windowMinutes: number;
  /** Planned runs of one policy and system whose time has come. Each was wanted then, whatever the schedule names by now. */
  due: readonly DueRun[];
  now: Date;
}

/** Runs are named by their occurrence. */
export interface DueVerdict {
  /** Occurrences of the schedule as it is for which there is no row, because nobody was there to plan them. Each is either missed or the one to run. */
  unplanned: Occurrence[];
  missed: string[];
  /** The one to begin now. */
  run: string | null;
}

/** Rows made for one gap at most: enough to see a long one, not enough to fill a database. */
const MOST_UNPLANNED = 100;
const FIRST_LOOK_MS = 60 * MINUTE_MS;
/** Occurrences that are reckoned at once, after the first: mostly there is none. */
const STEP = 8;

/**
 * What becomes of planned runs whose time has come. On time, the latest one runs. After a downtime, several came due: the latest runs when the policy
 * catches up (or is within its window anyway), and each of the others was missed. So it is, too, when the schedule was edited after they came due.
 */
export function judgeDue({ schedule, since, catchUp, windowMinutes, due, now }: DueQuestion): DueVerdict {
  const planned = due.toSorted((a, b) => a.dueAt.getTime() - b.dueAt.getTime());
  const last = planned.at(-1);
  if (!last) return { unplanned: [], missed: [], run: null };
  const unplanned = occurrencesBetween(schedule, since && since > last.dueAt ? since : last.dueAt, now);
  const latest = unplanned.at(-1) ?? last;
  const isLate = now.getTime() - latest.dueAt.getTime() > windowMinutes * MINUTE_MS;
  const run = isLate && catchUp === "skip" ? null : latest.occurrence;
  const missed = [...planned, ...unplanned].map((each) => each.occurrence).filter((occurrence) => occurrence !== run);
  return { unplanned, missed, run };
}

/** Occurrences after `after`, up to `now`; the newest of them when there are too many. Looks back ever further, so that a gap of years is no work of years. */
function occurrencesBetween(schedule: Schedule, after: Date, now: Date): Occurrence[] {
  for (let lookMs = FIRST_LOOK_MS; ; lookMs *= 2) {
    const isWhole = now.getTime() - lookMs <= after.getTime();
    const found = allBetween(schedule, isWhole ? after : new Date(now.getTime() - lookMs), now);
    if (isWhole || found.length >= MOST_UNPLANNED) return found.slice(-MOST_UNPLANNED);
  }
}

function allBetween(schedule: Schedule, after: Date, now: Date): Occurrence[] {
  const found: Occurrence[] = [];
  for (let from = after, count = 1; ; count = STEP) {
    const past = occurrencesAfter(schedule, from, count).filter((each) => each.dueAt <= now);
    found.push(...past);
    const last = past.at(-1);
    if (!last || past.length < count) return found;
    from = last.dueAt;
  }
}
