import type { Retention } from "#lib/schedule/schemas.ts";
import { DAY_MS, wallAt } from "#lib/schedule/wall-time.ts";

export interface RetainedBackup {
  id: string;
  systemId: string;
  /** The policy that made it; null for one that no policy asked for. */
  policyId: string | null;
  /** What started the run. Each trigger is counted by itself: on-demand backups do not push scheduled ones out. */
  trigger: string;
  /** "run", "import" or "rebuild". */
  origin: string;
  /** "own", "signed" or "foreign". */
  authenticity: string;
  createdAt: Date;
  /** How far it was proven, as in the API: "stored", "intact", "decryptable", "valid", "rehearsed" or "restored". */
  proven: string;
  /** At least one copy lies somewhere and is not known to be damaged. */
  hasStoredCopy: boolean;
  /** A person's pin, which has no end. */
  pinned: boolean;
  /** A pin that ends by itself: a safety backup's, with the time in which its restore can be undone. */
  pinnedUntil: Date | null;
  /** Retention waits until somebody has confirmed what it would do. */
  retentionHeld: boolean;
}

export interface RetentionDecision {
  id: string;
  keep: boolean;
  /** One phrase for a person: the first reason to keep it, or that there is none. */
  reason: string;
}

export interface RetentionQuestion {
  /** All completed backups of the systems in question, whoever made them. */
  backups: readonly RetainedBackup[];
  /** Whose retention it is; backups of others stay. */
  policyId: string;
  /** The systems that the policy backs up now: backups of others stay. */
  systemIds: readonly string[];
  retention: Retention;
  now: Date;
  /** Whose midnight parts the days, weeks, months and years. */
  timeZone: string;
}

/**
 * What a policy's retention keeps and what it gives up, in the order given. A backup stays when any rule keeps it. Whatever the rules say, these stay:
 * what the policy did not make, what was imported or nobody vouches for, what is held or pinned, and of each system and trigger the newest good
 * one. Rules count per system and trigger, and count backups that are not good apart, so that neither thirty broken ones nor thirty on-demand
 * ones push the good scheduled ones out. Daily to yearly rules count only days (weeks …) that have a backup: when backups stop, nothing ages away.
 */
export function planRetention(question: RetentionQuestion): RetentionDecision[] {
  const newestFirst = question.backups.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1));
  const reasons = new Map<string, string>();
  const keep = (id: string, reason: string) => {
    if (!reasons.has(id)) reasons.set(id, reason);
  };
  for (const backup of newestFirst) {
    const reason = untouchable(backup, question);
    if (reason !== null) keep(backup.id, reason);
  }
  keepNewestGood(newestFirst, keep);
  const countable = newestFirst.filter((backup) => isCountable(backup, question));
  const rules = rulesOf(question);
  for (const group of groupBy(countable, (backup) => JSON.stringify([backup.systemId, backup.trigger, isGood(backup)]))) {
    for (const rule of rules) applyRule(rule, group, keep);
  }
  return question.backups.map(({ id }) => ({ id, keep: reasons.has(id), reason: reasons.get(id) ?? "No rule keeps it" }));
}

/** Whether a backup was proven to be one that would restore, by somebody who vouches for it, and still lies somewhere. */
export function isGood(backup: Pick<RetainedBackup, "proven" | "hasStoredCopy" | "authenticity">): boolean {
  const isProven = backup.proven === "valid" || backup.proven === "rehearsed" || backup.proven === "restored";
  return isProven && backup.hasStoredCopy && backup.authenticity !== "foreign";
}

/** Why no retention of this policy may touch a backup; null when its rules decide. */
function untouchable(backup: RetainedBackup, { policyId, systemIds, now }: RetentionQuestion): string | null {
  if (backup.origin === "import") return "It was imported: only a person deletes it";
  if (backup.trigger === "safety")
    return backup.pinnedUntil && backup.pinnedUntil > now ? pinWords(backup.pinnedUntil) : "A safety backup: only a person deletes it";
  if (backup.policyId === null) return "No policy made it: only a person deletes it";
  if (backup.policyId !== policyId) return "Another policy made it";
  if (backup.authenticity === "foreign") return "Nobody vouches for it: only a person deletes it";
  if (!systemIds.includes(backup.systemId)) return "The policy no longer backs this system up: only a person deletes it";
  if (backup.retentionHeld) return "Retention waits until somebody confirms what it would do";
  if (backup.pinned) return "It is pinned";
  if (backup.pinnedUntil && backup.pinnedUntil > now) return pinWords(backup.pinnedUntil);
  return null;
}

function pinWords(until: Date): string {
  return `It is pinned until ${until.toISOString().slice(0, 10)}`;
}

/** Pinned ones count like the others, so that a pin makes none of its neighbours stay longer; what waits for a confirmation does not. */
function isCountable(backup: RetainedBackup, { policyId, systemIds }: RetentionQuestion): boolean {
  const isOwn = backup.policyId === policyId && systemIds.includes(backup.systemId);
  return isOwn && backup.origin !== "import" && backup.authenticity !== "foreign" && backup.trigger !== "safety" && !backup.retentionHeld;
}

/** The last good one of a system is the one thing that must be there; of each trigger, so that on-demand ones do not stand in for scheduled ones. */
function keepNewestGood(newestFirst: readonly RetainedBackup[], keep: (id: string, reason: string) => void): void {
  const good = newestFirst.filter((backup) => isGood(backup) && backup.origin !== "import" && !backup.retentionHeld);
  for (const [newest] of groupBy(good, (backup) => backup.systemId)) keep(newest.id, "The newest good backup of the system");
  for (const [newest] of groupBy(good, (backup) => JSON.stringify([backup.systemId, backup.trigger]))) {
    keep(newest.id, `The newest good ${triggerWords[newest.trigger] ?? newest.trigger} backup of the system`);
  }
}

const triggerWords: Record<string, string> = { schedule: "scheduled", change: "change-triggered", person: "on-demand", safety: "safety" };

/** Keeps the newest backup of each of the `count` newest buckets; a null bucket is never kept. */
interface Rule {
  count: number;
  bucketOf: (backup: RetainedBackup) => string | null;
  reason: (bucket: string) => string;
}

function rulesOf({ retention, now, timeZone }: RetentionQuestion): Rule[] {
  const wallOf = wallsIn(timeZone);
  const date = (backup: RetainedBackup, length: number) => new Date(wallOf(backup)).toISOString().slice(0, length);
  const { keepLast = 0, keepDays = 0, keepDaily = 0, keepWeekly = 0, keepMonthly = 0, keepYearly = 0 } = retention;
  const oldestWall = wallAt(now.getTime(), timeZone) - keepDays * DAY_MS;
  return [
    { count: keepLast, bucketOf: ({ id }) => id, reason: () => (keepLast === 1 ? "The last one" : `One of the last ${keepLast}`) },
    {
      count: keepDays > 0 ? Infinity : 0,
      bucketOf: (backup) => (wallOf(backup) >= oldestWall ? backup.id : null),
      reason: () => (keepDays === 1 ? "From the last day" : `From the last ${keepDays} days`),
    },
    { count: keepDaily, bucketOf: (backup) => date(backup, 10), reason: (day) => `The one of the day ${day}` },
    { count: keepWeekly, bucketOf: (backup) => weekOf(wallOf(backup)), reason: (week) => `The one of the week ${week}` },
    { count: keepMonthly, bucketOf: (backup) => date(backup, 7), reason: (month) => `The one of the month ${month}` },
    { count: keepYearly, bucketOf: (backup) => date(backup, 4), reason: (year) => `The one of the year ${year}` },
  ];
}

/** The wall time of each backup, asked for once: asking a zone is slow. */
function wallsIn(timeZone: string): (backup: RetainedBackup) => number {
  const known = new Map<string, number>();
  return ({ id, createdAt }) => {
    const wallMs = known.get(id) ?? wallAt(createdAt.getTime(), timeZone);
    known.set(id, wallMs);
    return wallMs;
  };
}

/** The week of ISO 8601, "2026-W29": it belongs to the year of its Thursday. */
function weekOf(wallMs: number): string {
  const day = Math.floor(wallMs / DAY_MS);
  const thursday = day - ((((day + 3) % 7) + 7) % 7) + 3;
  const year = new Date(thursday * DAY_MS).getUTCFullYear();
  const week = Math.floor((thursday - Date.UTC(year, 0, 1) / DAY_MS) / 7) + 1;
  return `${year}-W${String(week).padStart(2, "0")}`;
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
