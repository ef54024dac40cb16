import type { Occurrence } from "#lib/schedule/due.ts";
import { storedScheduleSchema } from "#lib/schedule/schemas.ts";
import { type DueVerdict, judgeDue } from "#worker/judge-due.ts";
import type { Pair } from "#worker/planned-runs.ts";
import { spreadMs } from "#worker/spread.ts";

/** A policy and system with planned runs whose time has come. */
export interface DuePair extends Pair {
  schedule: unknown;
  /** When the policy was edited, paused or resumed last, which takes along what is not due yet. */
  since: Date | null;
  catchUp: string;
  windowMinutes: number;
  /** Whether the policy is there, and still covers the system. */
  isWanted: boolean;
  isPaused: boolean;
  now: Date;
  due: { id: string; occurrence: string; dueAt: string }[];
}

/** What becomes of them. */
export interface Settlement {
  pair: DuePair;
  unwantedIds: string[];
  unplanned: Occurrence[];
  /** Occurrences. */
  missed: string[];
  /** The occurrence that is to run, and from when on. */
  run: { occurrence: string; beginsAt: Date; waitingFor: string | null } | null;
}

/** A run that waits for longer than this by its place in the crowd says so. */
const UNNOTICED_MS = 2000;

/**
 * Decides about pairs, once for all that are alike: thousands of systems have the same schedule. What it answers with throws when a schedule cannot be read.
 * What came due is never dropped for an edit, or for a pause, while which nothing begins: it was missed. It goes with its policy, its system or the link
 * between them alone: who deletes those wants no backup by them.
 *
 * @param crowds how many runs are due at each time, by milliseconds since 1970
 */
export function dueSettler(crowds: ReadonlyMap<number, number>): (pair: DuePair) => Settlement {
  const known = new Map<string, DueVerdict>();
  return (pair) => {
    const nothing = { pair, unwantedIds: [], unplanned: [], missed: [], run: null };
    if (!pair.isWanted) return { ...nothing, unwantedIds: pair.due.map((run) => run.id) };
    if (pair.isPaused) return { ...nothing, missed: pair.due.map((run) => run.occurrence) };
    const { schedule, since, catchUp, windowMinutes, now } = pair;
    const times = pair.due
      .map(({ occurrence, dueAt }) => ({ occurrence, dueAt }))
      .toSorted((one, other) => (one.occurrence < other.occurrence ? -1 : 1));
    const key = JSON.stringify([schedule, since, catchUp, windowMinutes, now, times]);
    const verdict = known.get(key) ?? judgePair(pair);
    known.set(key, verdict);
    return settled(pair, verdict, crowds);
  };
}

function judgePair({ schedule, since, catchUp, windowMinutes, now, due }: DuePair): DueVerdict {
  return judgeDue({
    schedule: storedScheduleSchema.parse(schedule),
    since,
    catchUp: catchUp === "skip" ? "skip" : "latest",
    windowMinutes,
    due: due.map(dated),
    now,
  });
}

function settled(pair: DuePair, { unplanned, missed, run }: DueVerdict, crowds: ReadonlyMap<number, number>): Settlement {
  const chosen = [...pair.due.map(dated), ...unplanned].find((each) => each.occurrence === run);
  return { pair, unwantedIds: [], unplanned, missed, run: chosen ? placed(pair, chosen, crowds) : null };
}

function dated({ occurrence, dueAt }: DuePair["due"][number]): Occurrence {
  return { occurrence, dueAt: new Date(dueAt) };
}

/** One that is late begins at once. */
function placed(pair: DuePair, { occurrence, dueAt }: Occurrence, crowds: ReadonlyMap<number, number>): Settlement["run"] {
  const crowd = crowds.get(dueAt.getTime()) ?? 1;
  const beginsAt = new Date(Math.max(pair.now.getTime(), dueAt.getTime() + spreadMs({ ...pair, crowd })));
  const isNoticed = beginsAt.getTime() - pair.now.getTime() > UNNOTICED_MS;
  const waitingFor = isNoticed
    ? "Its turn within the policy's window: many runs are due at the same time, and they begin one after the other."
    : null;
  return { occurrence, beginsAt, waitingFor };
}
