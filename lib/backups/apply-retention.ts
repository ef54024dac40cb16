import { removeBackup } from "#lib/backups/remove-backup.ts";
import { usedByRestore } from "#lib/backups/used-by-restore.ts";
import { type AuditActor, appendAudit } from "#lib/db/audit.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { log } from "#lib/log.ts";
import { planRetention } from "#lib/schedule/retention.ts";
import { retentionSchema, storedScheduleSchema } from "#lib/schedule/schemas.ts";

const retentionActor: AuditActor = { kind: "system", id: null, label: "Retention", address: null };

export interface RetentionTask {
  tenantId: string;
  /** Null for a backup that no policy asked for: those stay until a person deletes them. */
  policyId: string | null;
  systemId: string;
  signal: AbortSignal;
}

/**
 * Deletes what a policy's retention does not keep of a system, by the catalogue. What is pinned, what a restore needs, and the newest good backup of
 * the system stay whatever the rules say. Throws nothing: what could not be removed is said on its row, and the sweeper tries again.
 */
export async function applyRetention(task: RetentionTask): Promise<void> {
  try {
    const marked = await withTenant(task.tenantId, (db) => markSuperfluous(db, task));
    for (const id of marked) await removeBackup(task.tenantId, id, task.signal);
  } catch (error) {
    log.error(
      { err: error, policyId: task.policyId, systemId: task.systemId },
      "Retention could not be applied; it is tried after the next run",
    );
  }
}

async function markSuperfluous(db: Transaction, { tenantId, policyId, systemId }: RetentionTask): Promise<string[]> {
  const policy = policyId === null ? null : await db.policy.findFirst({ where: { id: policyId, deletedAt: null } });
  if (!policy) return [];
  const now = new Date();
  const { timeZone } = storedScheduleSchema.parse(policy.schedule);
  const backups = await db.backup.findMany({
    where: { systemId, status: "completed" },
    select: { id: true, createdAt: true, proven: true, pinned: true, trigger: true, policyId: true, systemId: true },
  });
  const plan = planRetention({ backups, retention: retentionSchema.parse(policy.retention), now, timeZone });
  const ofPolicy = new Set(backups.filter((backup) => backup.policyId === policyId).map((backup) => backup.id));
  const superfluous = plan.filter((decision) => !decision.keep && ofPolicy.has(decision.id)).map((decision) => decision.id);
  const used = await usedByRestore(db, superfluous);
  const ids = superfluous.filter((id) => !used.has(id));
  if (ids.length === 0) return [];
  await db.backup.updateMany({ where: { id: { in: ids }, status: "completed", pinned: false }, data: { status: "deleting" } });
  await db.backupCopy.updateMany({
    where: { backupId: { in: ids }, status: { notIn: ["deleted", "failed"] } },
    data: { status: "deleting" },
  });
  const entry = { action: "backup.deletedByRetention", subjectKind: "policy", subjectId: policy.id, subjectLabel: policy.name };
  await appendAudit(db, tenantId, retentionActor, { ...entry, detail: { systemId, backupIds: ids } });
  await notifyChange(db, { tenantId, kinds: ["backups", "audit"] });
  return ids;
}
