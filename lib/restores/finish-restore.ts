import type { RestorePlan } from "#lib/connectors/connector.ts";
import type { RestoreReport } from "#lib/connectors/restore-report.ts";
import { type AuditActor, appendAudit } from "#lib/db/audit.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { WorkStopped } from "#lib/queue/hold-work.ts";
import type { ClaimedRestore } from "#lib/restores/claim-restore.ts";
import { extendSafetyPin } from "#lib/backups/safety-pin.ts";
import { recordRestoreEvent, recordRestoreFailed } from "#lib/restores/record-restore-event.ts";
import type { RestoreFailure } from "#lib/restores/schemas.ts";

/** Whoever asked for it: the worker only carries it out. */
export function actorOf(restore: Pick<ClaimedRestore, "requestedBy" | "executedBy">): AuditActor {
  return { kind: "member", id: null, label: restore.executedBy ?? restore.requestedBy, address: null };
}

/** The plan is there to be read. */
export async function storePlan(restore: ClaimedRestore, plan: RestorePlan, planHash: string): Promise<void> {
  await settle(restore, { status: "planned", plan: { ...plan } as object, planHash, plannedAt: new Date() });
}

/** Carried out: the backup is known to restore. */
export async function storeReport(restore: ClaimedRestore, report: RestoreReport): Promise<void> {
  const finishedAt = new Date();
  await settle(restore, { status: report.outcome, report: { ...report } as object, finishedAt }, async (db) => {
    await extendSafetyPin(db, restore.id, finishedAt);
    await db.backup.updateMany({ where: { id: restore.backup.id }, data: { proven: "restored" } });
    const detail = { backupId: restore.backup.id, outcome: report.outcome, problems: report.problems };
    await appendAudit(db, restore.tenantId, actorOf(restore), { ...subjectOf(restore), action: "restore.completed", detail });
    await recordRestoreEvent(db, "restore.completed", restore);
  });
}

/** Failed or cancelled, with the reason. */
export async function storeFailure(restore: ClaimedRestore, status: "failed" | "cancelled", failure: RestoreFailure): Promise<void> {
  const finishedAt = new Date();
  await settle(restore, { status, failure, finishedAt }, async (db) => {
    await extendSafetyPin(db, restore.id, finishedAt);
    const action = status === "failed" ? "restore.failed" : "restore.cancelled";
    const detail = { backupId: restore.backup.id, step: failure.step, message: failure.message };
    await appendAudit(db, restore.tenantId, actorOf(restore), { ...subjectOf(restore), action, detail });
    if (status === "failed") await recordRestoreFailed(db, restore, failure);
  });
}

/** Marks that from now on the target may be changed. Throws WorkStopped when it was cancelled or lost at the last moment. */
export async function markTargetTouched(restore: ClaimedRestore, safetyBackupId: string): Promise<void> {
  await withTenant(restore.tenantId, async (db) => {
    const data = { safetyBackupId, changedTargetAt: new Date() };
    const { count } = await db.restore.updateMany({ where: { ...heldBy(restore), status: "running", cancelRequestedAt: null }, data });
    if (count > 0) return;
    const mine = await db.restore.findFirst({ where: heldBy(restore), select: { id: true } });
    throw new WorkStopped(mine ? "cancelled" : "lost");
  });
}

/** Changes the row only while it is still this worker's; whoever took it away has said what became of it. */
async function settle(restore: ClaimedRestore, data: object, more?: (db: Transaction) => Promise<void>): Promise<void> {
  await withTenant(restore.tenantId, async (db) => {
    const { count } = await db.restore.updateMany({ where: heldBy(restore), data: { ...data, leaseOwner: null } });
    if (count === 0) return;
    await more?.(db);
    await notifyChange(db, { tenantId: restore.tenantId, kinds: ["restores", "backups"], ids: [restore.id, restore.backup.id] });
  });
}

function heldBy(restore: ClaimedRestore) {
  return { id: restore.id, leaseOwner: restore.workerId, attempt: restore.attempt };
}

function subjectOf(restore: ClaimedRestore) {
  return { subjectKind: "restore", subjectId: restore.id, subjectLabel: restore.backup.systemName };
}
