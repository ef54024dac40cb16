import { decideAmong, readRetainedBackups } from "#lib/backups/decide-retention.ts";
import { giveUpBackups } from "#lib/backups/give-up-backups.ts";
import { removeBackup } from "#lib/backups/remove-backup.ts";
import { usedByRestore } from "#lib/backups/used-by-restore.ts";
import { type CheckedClock, checkClock } from "#lib/clock/check-clock.ts";
import { futureBackup } from "#lib/clock/clock-doubt.ts";
import { type AuditActor, appendAudit } from "#lib/db/audit.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { recordEvent } from "#lib/events/record-event.ts";
import { log } from "#lib/log.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";
import { lockSystem } from "#lib/runs/lock-system.ts";
import { retentionSchema, storedScheduleSchema } from "#lib/schedule/schemas.ts";

const retentionActor: AuditActor = { kind: "system", id: null, label: "Retention", address: null };

/** Backups that an event names. */
const MOST_TOLD = 100;
/** Backups given up in one transaction, and named in one entry of the audit log. */
const MOST_AT_ONCE = 10_000;

export interface RetentionTask {
  tenantId: string;
  /** Null for a backup that no policy asked for: those stay until a person deletes them. */
  policyId: string | null;
  systemId: string;
  signal: AbortSignal;
  /** For tests. */
  check?: () => Promise<CheckedClock>;
}

/**
 * Deletes what a policy's retention does not keep of a system, by the catalogue. What is pinned, what a restore needs, and the newest good backup of
 * the system stay whatever the rules say; while the clock is in doubt, everything does. Throws nothing: what could not be removed is said on its
 * row, and the sweeper tries again.
 */
export async function applyRetention(task: RetentionTask): Promise<void> {
  if (task.policyId === null) return;
  const { policyId, systemId } = task;
  try {
    const { now, doubt } = await (task.check ?? checkClock)();
    if (doubt) {
      log.warn({ policyId, systemId, doubt }, "Retention waits: the clock is in doubt");
      return;
    }
    const marked: string[] = [];
    for (let more = true; more;) {
      const ids = await withTenant(task.tenantId, (db) => markSuperfluous(db, { ...task, policyId, now }));
      marked.push(...ids);
      more = ids.length === MOST_AT_ONCE;
    }
    if (marked.length > 0) await faultPoint("after-retention-marks");
    for (const id of marked) {
      if (task.signal.aborted) return;
      // Where a destination does not do it now, the rest is the sweeper's: the next run waits for this worker.
      if (!(await removeBackup(task.tenantId, id, task.signal))) return;
    }
  } catch (error) {
    log.error({ err: error, policyId, systemId }, "Retention could not be applied; it is tried after the next run");
  }
}

/** At most MOST_AT_ONCE of them. Asked again, retention gives up the next and nothing else: what it keeps does not hang on what it does not. */
async function markSuperfluous(
  db: Transaction,
  { tenantId, policyId, systemId, now }: { tenantId: string; policyId: string; systemId: string; now: Date },
): Promise<string[]> {
  const policy = await db.policy.findFirst({ where: { id: policyId, deletedAt: null }, include: { systems: true } });
  if (!policy) return [];
  // Nobody takes the last other good one away meanwhile.
  await lockSystem(db, systemId);
  const future = await futureBackup(db, now);
  if (future !== null) {
    log.warn({ policyId, systemId }, `Retention waits: ${future}`);
    return [];
  }
  const { timeZone } = storedScheduleSchema.parse(policy.schedule);
  const systemIds = policy.systems.map((link) => link.systemId);
  const rules = { policyId, systemIds, retention: retentionSchema.parse(policy.retention), timeZone };
  const used = await usedByRestore(db);
  const superfluous = decideAmong(await readRetainedBackups(db, { systemId }), rules, now)
    .filter((backup) => !backup.keep && !used.has(backup.id))
    .slice(0, MOST_AT_ONCE);
  const ids = await giveUpBackups(
    db,
    superfluous.map((backup) => backup.id),
    { from: "completed", now },
  );
  if (ids.length === 0) return [];
  const entry = { action: "backup.deletedByRetention", subjectKind: "policy", subjectId: policy.id, subjectLabel: policy.name };
  await appendAudit(db, tenantId, retentionActor, { ...entry, detail: { systemId, backupIds: ids } });
  const told = { systemId, backupIds: ids.slice(0, MOST_TOLD), count: ids.length, by: "retention" as const };
  await recordEvent(db, "backup.deleted", { tenantId, subjectKind: "system", subjectId: systemId }, told);
  await notifyChange(db, { tenantId, kinds: ["backups", "audit"] });
  await faultPoint("during-retention");
  return ids;
}
