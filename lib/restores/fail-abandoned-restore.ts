import { rm } from "node:fs/promises";
import { extendSafetyPin } from "#lib/backups/safety-pin.ts";
import { type AuditActor, appendAudit } from "#lib/db/audit.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { withdrawFileKey } from "#lib/keys/file-key-grant.ts";
import { archivePathOf } from "#lib/restores/fetch-archive.ts";
import { recordRestoreFailed } from "#lib/restores/record-restore-event.ts";
import type { RestoreFailure } from "#lib/restores/schemas.ts";

const holdfast: AuditActor = { kind: "system", id: null, label: "Holdfast", address: null };

/** A restore that is to be given up, as the reaper saw it: who held it, or null when it waits and nobody took it in time. */
export interface AbandonedRestore {
  id: string;
  seen: { attempt: number; beat: bigint } | null;
}

/**
 * Fails a restore that nobody took in time, or whose worker died: its file key is gone with it, so it cannot go on by itself, least of all where it had begun
 * to change its target. For the reaper. Does nothing to one that somebody took, or whose holder gave a sign of life since it was seen.
 */
export async function failAbandonedRestore(tenantId: string, { id, seen }: AbandonedRestore): Promise<void> {
  const attempt = await withTenant(tenantId, async (db) => {
    if (!(await lockAbandoned(db, { id, seen }))) return null;
    const restore = await db.restore.findUniqueOrThrow({ where: { id }, include: { backup: { select: { systemName: true } } } });
    const failure = failureOf(restore);
    await db.restore.updateMany({ where: { id }, data: { status: "failed", failure, finishedAt: new Date(), leaseOwner: null } });
    await withdrawFileKey(db, id);
    await extendSafetyPin(db, id, new Date());
    const subject = { subjectKind: "restore", subjectId: id, subjectLabel: restore.backup.systemName };
    await appendAudit(db, tenantId, holdfast, { ...subject, action: "restore.failed", detail: { ...failure } });
    await recordRestoreFailed(db, { tenantId, id }, failure);
    await notifyChange(db, { tenantId, kinds: ["restores"], ids: [id] });
    return restore.attempt;
  });
  // The ciphertext that a killed worker left behind, where that was this machine.
  if (attempt !== null) await rm(archivePathOf({ id, attempt }), { force: true });
}

async function lockAbandoned(db: Transaction, { id, seen }: AbandonedRestore): Promise<boolean> {
  const rows = seen
    ? await db.$queryRaw<unknown[]>`
        SELECT 1 FROM restores
        WHERE id = ${id} AND status IN ('planning', 'running') AND lease_owner IS NOT NULL AND attempt = ${seen.attempt} AND lease_beat = ${seen.beat}
        FOR UPDATE`
    : await db.$queryRaw<unknown[]>`
        SELECT 1 FROM restores
        WHERE id = ${id} AND status IN ('planning', 'approved') AND lease_owner IS NULL AND waits_until <= clock_timestamp() FOR UPDATE`;
  return rows.length > 0;
}

function failureOf(restore: { leaseOwner: string | null; changedTargetAt: Date | null }): RestoreFailure {
  if (restore.changedTargetAt !== null) {
    return {
      step: "restore",
      message: "The worker died while it was changing the system.",
      mend: "Look at the system: a part may be changed. What was there before lies in the safety backup, which can be restored.",
    };
  }
  if (restore.leaseOwner === null) {
    return {
      step: "unlock",
      message: "It was not begun in time: no worker was free for it, or the system was busy.",
      mend: "Make sure that a worker runs and that no backup of the system is under way, then plan the restore again.",
    };
  }
  return {
    step: "unlock",
    message: "The worker died before it changed anything.",
    mend: "Make sure that a worker runs, then plan the restore again.",
  };
}
