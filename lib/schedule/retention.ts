import { DateTime } from "luxon";
import type { Retention } from "#lib/schedule/schemas.ts";

export interface RetainedBackup {
  id: string;
  createdAt: Date;
  /** How far it was proven, as in the API: "stored", "intact", "decryptable", "valid", "rehearsed" or "restored". */
  proven: string;
  pinned: boolean;
  /** What started the run. Each trigger is counted by itself: on-demand backups do not push scheduled ones out. */
  trigger: string;
  /** Null for a backup that no policy asked for. */
  policyId: string | null;
  systemId: string;
}

export interface RetentionDecision {
  id: string;
  keep: boolean;
  /** One phrase for a person: the first rule that keeps it, or that none does. */
  reason: string;
}

export interface RetentionQuestion {
  backups: readonly RetainedBackup[];
  retention: Retention;
  now: Date;
  /** Whose midnight parts the days, weeks, months and years. */
  timeZone: string;
}

/**
 * What a retention keeps and what it gives up, in the order given. A backup stays when any rule keeps it; a pinned one and the
 * newest good one of each system always stay. Rules count per system, policy and trigger, and count backups that were not proven
 * good apart, so that thirty broken ones cannot push the last good ones out. Daily to yearly rules count only days (weeks …)
 * that have a backup: when backups stop, nothing ages away.
 */
export function planRetention(question: RetentionQuestion): RetentionDecision[] {
  const newestFirst = question.backups.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1));
  const reasons = new Map<string, string>();
  const keep = (id: string, reason: string) => {
    if (!reasons.has(id)) reasons.set(id, reason);
  };
  for (const backup of newestFirst) {
    if (backup.pinned) keep(backup.id, "It is pinned");
  }
  for (const [newest] of groupBy(newestFirst.filter(isGood), (backup) => backup.systemId)) {
    keep(newest.id, "The newest good backup of the system");
  }
  for (const group of groupBy(newestFirst, groupKey)) {
    for (const rule of rulesOf(question)) applyRule(rule, group, keep);
  }
  return question.backups.map(({ id }) => ({ id, keep: reasons.has(id), reason: reasons.get(id) ?? "No rule keeps it" }));
}

/** Whether a backup was proven to be one that would restore. */
export function isGood(backup: Pick<RetainedBackup, "proven">): boolean {
  return backup.proven === "valid" || backup.proven === "rehearsed" || backup.proven === "restored";
}

/** Keeps the newest backup of each of the `count` newest buckets; a null bucket is never kept. */
interface Rule {
  count: number;
  bucketOf: (backup: RetainedBackup) => string | null;
  reason: (bucket: string) => string;
}

function rulesOf({ retention, now, timeZone }: RetentionQuestion): Rule[] {
  const local = (backup: RetainedBackup, format: string) => DateTime.fromJSDate(backup.createdAt, { zone: timeZone }).toFormat(format);
  const { keepLast = 0, keepDays = 0, keepDaily = 0, keepWeekly = 0, keepMonthly = 0, keepYearly = 0 } = retention;
  const oldest = DateTime.fromJSDate(now, { zone: timeZone }).minus({ days: keepDays }).toJSDate();
  return [
    { count: keepLast, bucketOf: ({ id }) => id, reason: () => (keepLast === 1 ? "The last one" : `One of the last ${keepLast}`) },
    {
      count: keepDays > 0 ? Infinity : 0,
      bucketOf: (backup) => (backup.createdAt >= oldest ? backup.id : null),
      reason: () => `From the last ${keepDays} days`,
    },
    { count: keepDaily, bucketOf: (backup) => local(backup, "yyyy-MM-dd"), reason: (day) => `The one of the day ${day}` },
    { count: keepWeekly, bucketOf: (backup) => local(backup, "kkkk-'W'WW"), reason: (week) => `The one of the week ${week}` },
    { count: keepMonthly, bucketOf: (backup) => local(backup, "yyyy-MM"), reason: (month) => `The one of the month ${month}` },
    { count: keepYearly, bucketOf: (backup) => local(backup, "yyyy"), reason: (year) => `The one of the year ${year}` },
  ];
}

function applyRule(rule: Rule, newestFirst: readonly RetainedBackup[], keep: (id: string, reason: string) => void): void {
  const filled = new Set<string>();
  for (const backup of newestFirst) {
    if (filled.size >= rule.count) return;
    const bucket = rule.bucketOf(backup);
    if (bucket === null || filled.has(bucket)) continue;
    filled.add(bucket);
    keep(backup.id, rule.reason(bucket));
  }
}

function groupKey(backup: RetainedBackup): string {
  return JSON.stringify([backup.systemId, backup.policyId, backup.trigger, isGood(backup)]);
}

/** Groups in order of their first member; none is empty. */
function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): [Item, ...Item[]][] {
  const groups = new Map<string, [Item, ...Item[]]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return [...groups.values()];
}
