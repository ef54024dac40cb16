import type { Transaction } from "#lib/db/client.ts";
import type { DayState, StripDay } from "#lib/runs/schemas.ts";

/** What happened to a system on one day of runs, in UTC. */
export interface DayCounts {
  date: string;
  completed: number;
  partial: number;
  failed: number;
  missed: number;
  /** Queued or running. */
  active: number;
}

const STRIP_DAYS = 30;

/** For each of these systems, the last 30 days, oldest first, ending with the day of `now`. Days are those of UTC. */
export async function dayStripsOf(
  db: Transaction,
  systems: readonly { id: string; createdAt: Date }[],
  now: Date,
): Promise<Map<string, StripDay[]>> {
  const dates = datesUntil(now);
  const rows = await countDays(db, `${dates[0] ?? ""}T00:00:00Z`);
  return new Map(
    systems.map(({ id, createdAt }) => {
      const ofSystem = new Map(rows.filter((row) => row.systemId === id).map((row) => [row.date, row]));
      const firstDate = [createdAt.toISOString().slice(0, 10), ...ofSystem.keys()].toSorted()[0] ?? "";
      return [id, dates.map((date) => dayOf(date, ofSystem.get(date), firstDate))];
    }),
  );
}

/** One day's cell. A day with a backup counts as backed up, with a warning when something else went wrong on it, too. */
export function dayOf(date: string, counts: DayCounts | undefined, firstDate: string): StripDay {
  const state = stateOf(date, counts, firstDate);
  const detail = counts ? detailOf(counts) : "";
  return detail === "" ? { date, state } : { date, state, detail };
}

function stateOf(date: string, counts: DayCounts | undefined, firstDate: string): DayState {
  if (!counts) return date < firstDate ? "beforeStart" : "none";
  if (counts.active > 0) return "running";
  const isTroubled = counts.partial + counts.failed + counts.missed > 0;
  if (counts.completed + counts.partial > 0) return isTroubled ? "warning" : "backedUp";
  if (counts.failed > 0) return "failed";
  return counts.missed > 0 ? "missed" : "none";
}

function detailOf(counts: DayCounts): string {
  const backups = counts.completed + counts.partial;
  const words = [
    backups > 0 ? `${backups} backup${backups === 1 ? "" : "s"}` : "",
    counts.partial > 0 ? `${counts.partial} of them not in every destination` : "",
    counts.failed > 0 ? `${counts.failed} failed` : "",
    counts.missed > 0 ? `${counts.missed} missed` : "",
  ];
  return words.filter(Boolean).join(", ");
}

async function countDays(db: Transaction, since: string): Promise<(DayCounts & { systemId: string })[]> {
  return db.$queryRaw<(DayCounts & { systemId: string })[]>`
    SELECT system_id AS "systemId", to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS date,
      count(*) FILTER (WHERE status = 'completed')::int AS completed,
      count(*) FILTER (WHERE status = 'partial')::int AS partial,
      count(*) FILTER (WHERE status = 'failed')::int AS failed,
      count(*) FILTER (WHERE status = 'missed')::int AS missed,
      count(*) FILTER (WHERE status IN ('queued', 'running'))::int AS active
    FROM runs
    WHERE due_at >= ${since}::timestamptz AND status NOT IN ('scheduled', 'cancelled')
    GROUP BY system_id, date`;
}

function datesUntil(now: Date): string[] {
  const dayMs = 86_400_000;
  return Array.from({ length: STRIP_DAYS }, (_, index) => {
    return new Date(now.getTime() - (STRIP_DAYS - 1 - index) * dayMs).toISOString().slice(0, 10);
  });
}
