import { setTimeout as delay } from "node:timers/promises";
import { withTenant } from "#lib/db/with-tenant.ts";
import type { Ground, KillTenant } from "./ground.ts";
import { openBackups } from "./open-backups.ts";
import type { DueRun } from "./waves.ts";

/** What became of everything, after the workers recovered and swept. */
export interface Verdict {
  runs: number;
  /** With just one proven backup, and told of once. */
  completedOnce: number;
  failedWithReason: number;
  /** What those say of why. */
  reasons: string[];
  /** Sentences about runs with more than one backup, or told of more than once. */
  doubled: string[];
  /** Runs that never came to an end, are gone, or ended without a backup and without a reason. */
  lost: string[];
  /** What lies in the destination and is in no row. */
  orphans: string[];
  /** What rows say is stored, and is not there. */
  missing: string[];
  /** Completed backups that were read whole. */
  opened: number;
  /** Of those, how many the programs age, zstd and tar opened too. */
  openedByAge: number;
  unopened: string[];
  /** Events that reached the receiver. */
  told: number;
  /** Ends of runs that it never heard of, or that are not written down as delivered. */
  untold: string[];
}

const SWEPT_WITHIN_MS = 120_000;
/** What policies and persons give a run. */
const ATTEMPTS = 3;
/** Runs that a worker has in its hands at once: of two tenants with two systems each, never two of one system. */
const MOST_AT_ONCE = 4;
const TOLD_WITHIN_MS = 120_000;

/** Judges by statuses, events and objects. `neverEnded` are runs that were waited for in vain. Workers must still run: what they killed half-way is swept first. */
export async function judge(ground: Ground, runs: readonly DueRun[], neverEnded: readonly DueRun[]): Promise<Verdict> {
  const verdict: Verdict = {
    runs: runs.length,
    completedOnce: 0,
    failedWithReason: 0,
    reasons: [],
    doubled: [],
    lost: neverEnded.map(({ id }) => `${id} did not end`),
    orphans: [],
    missing: [],
    opened: 0,
    openedByAge: 0,
    unopened: [],
    told: 0,
    untold: [],
  };
  for (const tenant of ground.tenants) {
    if (!(await swept(tenant))) verdict.lost.push(`What was left half-way in tenant ${tenant.id} was never swept`);
    const open = neverEnded.map(({ id }) => id);
    const ended = runs.filter((run) => run.tenant.id === tenant.id && !open.includes(run.id));
    await judgeRuns(tenant, ended, verdict);
    await openBackups(tenant, verdict);
    await judgeTelling(ground, tenant, ended, verdict);
  }
  return { ...verdict, ...(await differences(ground)) };
}

/**
 * True when nothing went wrong. No more runs may have failed than that many killed workers explain: one takes an attempt from each run that it had in its
 * hands, and a run fails with its last.
 */
export function isGood(verdict: Verdict, kills: number): boolean {
  const { runs, completedOnce, failedWithReason, doubled, lost, orphans, missing, opened, openedByAge, unopened, untold } = verdict;
  const complaints = [doubled, lost, orphans, missing, unopened, untold].flat();
  const explained = kills < ATTEMPTS ? 0 : Math.floor((kills * MOST_AT_ONCE) / ATTEMPTS);
  return (
    complaints.length === 0 && completedOnce + failedWithReason === runs && failedWithReason <= explained && opened > 0 && openedByAge > 0
  );
}

/** Waits until no backup is half there or half gone. */
async function swept(tenant: KillTenant): Promise<boolean> {
  const deadline = performance.now() + SWEPT_WITHIN_MS;
  while (performance.now() < deadline) {
    const halfway = await withTenant(tenant.id, async (db) => {
      const backups = await db.backup.count({ where: { status: { in: ["writing", "abandoned", "deleting"] } } });
      return backups + (await db.backupCopy.count({ where: { status: "deleting" } }));
    });
    if (halfway === 0) return true;
    await delay(100);
  }
  return false;
}

async function judgeRuns(tenant: KillTenant, runs: readonly DueRun[], verdict: Verdict): Promise<void> {
  const ids = runs.map(({ id }) => id);
  await withTenant(tenant.id, async (db) => {
    const rows = await db.run.findMany({ where: { id: { in: ids } } });
    const backups = await db.backup.findMany({ where: { runId: { in: ids }, verifiedAt: { not: null } }, select: { runId: true } });
    const events = await db.event.findMany({ where: { subjectId: { in: ids } }, select: { subjectId: true, type: true } });
    for (const id of ids) {
      const row = rows.find((run) => run.id === id);
      const proven = backups.filter((backup) => backup.runId === id).length;
      const told = events.filter((event) => event.subjectId === id).map((event) => event.type);
      judgeRun(verdict, { id, status: row?.status ?? "gone", failure: row?.failure, proven, told });
    }
  });
}

/** Every end of a run must have reached the receiver, at least once, and be written down as delivered. */
async function judgeTelling({ receiver }: Ground, tenant: KillTenant, runs: readonly DueRun[], verdict: Verdict): Promise<void> {
  if (!receiver) return;
  const deadline = performance.now() + TOLD_WITHIN_MS;
  for (;;) {
    const events = await endsOf(tenant, runs);
    const heard = new Set(receiver.calls.map(({ headers }) => headers["webhook-id"]));
    const untold = events.filter(({ id, statuses }) => !heard.has(id) || statuses.join() !== "delivered");
    if (untold.length > 0 && performance.now() < deadline) {
      await delay(200);
      continue;
    }
    verdict.told += events.length - untold.length;
    verdict.untold.push(
      ...untold.map(({ id, statuses }) => `${id}: ${heard.has(id) ? "" : "not "}heard, ${statuses.join(", ") || "no delivery"}`),
    );
    return;
  }
}

/** With how each delivery of them stands. */
async function endsOf({ id }: KillTenant, runs: readonly DueRun[]): Promise<{ id: string; statuses: string[] }[]> {
  return withTenant(id, async (db) => {
    const events = await db.event.findMany({ where: { subjectId: { in: runs.map((run) => run.id) } }, select: { id: true } });
    const deliveries = await db.delivery.findMany({ where: { eventId: { in: events.map((event) => event.id) } } });
    return events.map((event) => ({
      id: event.id,
      statuses: deliveries.filter(({ eventId }) => eventId === event.id).map(({ status }) => status),
    }));
  });
}

interface RunFacts {
  id: string;
  status: string;
  failure: unknown;
  proven: number;
  told: string[];
}

function judgeRun(verdict: Verdict, { id, status, failure, proven, told }: RunFacts): void {
  const story = `${id} is ${status} with ${proven} proven backups, and was told of as ${told.join(", ") || "nothing"}`;
  if (proven > 1 || told.length > 1) verdict.doubled.push(story);
  else if (status === "completed" && proven === 1 && told[0] === "run.completed") verdict.completedOnce += 1;
  else if (status === "failed" && proven === 0 && told[0] === "run.failed" && reasonOf(failure).length > 10) {
    verdict.failedWithReason += 1;
    verdict.reasons.push(reasonOf(failure));
  } else verdict.lost.push(story);
}

/** "" when there is none. */
function reasonOf(failure: unknown): string {
  if (typeof failure !== "object" || failure === null || !("message" in failure)) return "";
  return `${"step" in failure ? String(failure.step) : ""}: ${String(failure.message)}`;
}

/** What differs between the destination and the rows and goes on doing so: after a run, retention may still be at work. */
async function differences(ground: Ground): Promise<Pick<Verdict, "orphans" | "missing">> {
  const deadline = performance.now() + SWEPT_WITHIN_MS;
  for (;;) {
    const contents = await ground.contents();
    // Others may have tenants in this installation, too.
    const there = contents.filter((key) => ground.tenants.some(({ id }) => key.startsWith(`${id}/`)));
    const expected = (await Promise.all(ground.tenants.map(cataloguedOf))).flat();
    const orphans = there.filter((key) => !expected.includes(key));
    const missing = expected.filter((key) => !there.includes(key));
    if (orphans.length + missing.length === 0 || performance.now() > deadline) return { orphans, missing };
    await delay(500);
  }
}

/** What should lie in the tenant's destination by the rows. */
async function cataloguedOf({ id, destinationId }: KillTenant): Promise<string[]> {
  return withTenant(id, async (db) => {
    const copies = await db.backupCopy.findMany({ where: { destinationId, status: "stored" } });
    const keys = await db.keyCopy.findMany({ where: { destinationId, status: "stored" } });
    const objects = [...copies.flatMap((copy) => [copy.objectKey, copy.descriptionKey]), ...keys.map((copy) => copy.objectKey)];
    return [...new Set([...objects, `${id}/instance.json`])];
  });
}
