import { occurrencesAfter } from "#lib/schedule/due.ts";
import { planRetention } from "#lib/schedule/retention.ts";
import type { Retention, Schedule } from "#lib/schedule/schemas.ts";
import { DAY_MS, wallAt } from "#lib/schedule/wall-time.ts";

const YEAR_DAYS = 366;
/** More runs than one an hour over a year are not simulated to their end. */
const MOST_RUNS = 9000;

export interface YearAhead {
  /** How many days were simulated: 366, or fewer for a schedule that runs more than hourly. */
  days: number;
  /** Backups of one system that there are then, if every run succeeds. */
  backups: number;
  /** How old the oldest of them is then, in whole days. */
  oldestDays: number;
}

/**
 * What a schedule and a retention make of a year in which every run succeeds. Reckoned in the time of the clock on the wall, where an hour that a
 * change of the clocks skips or repeats makes no difference. Retention is applied once, at the end: a rule keeps the newest of the newest days,
 * weeks …, and what it keeps at the end it has kept at every moment before.
 */
export function simulateYear(schedule: Schedule, retention: Retention, now: Date): YearAhead {
  const start = wallAt(now.getTime(), schedule.timeZone);
  const endOfYear = start + YEAR_DAYS * DAY_MS;
  const times = runsUntil({ ...schedule, timeZone: "UTC" }, start, endOfYear);
  const end = times.length < MOST_RUNS ? endOfYear : (times.at(-1)?.getTime() ?? endOfYear);
  const backups = times.map((createdAt, index) => ({ ...simulated, id: String(index), createdAt }));
  const question = {
    backups,
    policyId: simulated.policyId,
    systemIds: [simulated.systemId],
    retention,
    now: new Date(end),
    timeZone: "UTC",
  };
  const decisions = planRetention(question);
  const kept = backups.filter((_, index) => decisions[index]?.keep);
  const oldestMs = Math.min(end, ...kept.slice(0, 1).map(({ createdAt }) => createdAt.getTime()));
  return { days: Math.round((end - start) / DAY_MS), backups: kept.length, oldestDays: Math.floor((end - oldestMs) / DAY_MS) };
}

/** In batches that grow: a schedule may run each minute, or once in four years. */
function runsUntil(schedule: Schedule, startMs: number, endMs: number): Date[] {
  const times: Date[] = [];
  for (let batch = 1; times.length < MOST_RUNS; batch = Math.min(batch * 2, MOST_RUNS - times.length)) {
    const found = occurrencesAfter(schedule, times.at(-1) ?? new Date(startMs), batch).map(({ dueAt }) => dueAt);
    const inTime = found.filter((dueAt) => dueAt.getTime() <= endMs);
    times.push(...inTime);
    if (inTime.length < batch) break;
  }
  return times;
}

const simulated = {
  systemId: "system",
  policyId: "policy",
  trigger: "schedule",
  origin: "run",
  authenticity: "own",
  proven: "valid",
  hasStoredCopy: true,
  pinned: false,
  pinnedUntil: null,
  retentionHeld: false,
};
