import { rm } from "node:fs/promises";
import { extendSafetyPin } from "#lib/backups/safety-pin.ts";
import { type AuditActor, appendAudit } from "#lib/db/audit.ts";
import { notifyChange } from "#lib/db/changes.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { archivePathOf } from "#lib/restores/fetch-archive.ts";
import { withdrawFileKey } from "#lib/keys/file-key-grant.ts";
import type { RestoreFailure } from "#lib/restores/schemas.ts";

const holdfast: AuditActor = { kind: "system", id: null, label: "Holdfast", address: null };

/**
 * Fails a restore that nobody took in time, or whose worker died: its file key is gone with it, so it cannot go on by itself.
 * For the reaper: every restore "planning", "approved" or "running" whose lease_until has passed. Does nothing to any other.
 */
export async function failAbandonedRestore(tenantId: string, restoreId: string): Promise<void> {
  const attempt = await withTenant(tenantId, async (db) => {
    const where = { id: restoreId, status: { in: ["planning", "approved", "running"] }, leaseUntil: { lt: new Date() } };
    const restore = await db.restore.findFirst({ where, include: { backup: { select: { systemName: true } } } });
    if (!restore) return null;
    const failure = failureOf(restore);
    const { count } = await db.restore.updateMany({
      where,
      data: { status: "failed", failure, finishedAt: new Date(), leaseOwner: null, leaseUntil: null },
    });
    if (count === 0) return null;
    await withdrawFileKey(db, restoreId);
    await extendSafetyPin(db, restoreId, new Date());
    const subject = { subjectKind: "restore", subjectId: restoreId, subjectLabel: restore.backup.systemName };
    await appendAudit(db, tenantId, holdfast, { ...subject, action: "restore.failed", detail: { ...failure } });
    await notifyChange(db, { tenantId, kinds: ["restores"], ids: [restoreId] });
    return restore.attempt;
  });
  // The ciphertext that a killed worker left behind, where that was this machine.
  if (attempt !== null) await rm(archivePathOf({ id: restoreId, attempt }), { force: true });
}

function failureOf(restore: { leaseOwner: string | null; changedTargetAt: Date | null }): RestoreFailure {
  if (restore.changedTargetAt !== null) {
    return {
      step: "restore",
      message: "The worker died while it was changing the system.",
      mend: "Look at the system: a part may be changed. What was there before lies in the safety backup, which can be restored.",
    };
  }
  const message = restore.leaseOwner === null ? "No worker took it in time." : "The worker died before it changed anything.";
  return { step: "unlock", message, mend: "Make sure that a worker runs, then plan the restore again." };
}
