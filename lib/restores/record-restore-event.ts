import type { Transaction } from "#lib/db/client.ts";
import { recordEvent } from "#lib/events/record-event.ts";
import type { RestoreFailure } from "#lib/restores/schemas.ts";

interface RestoreReference {
  tenantId: string;
  id: string;
}

/** Tells, in the caller's transaction, of a restore that goes its way. */
export async function recordRestoreEvent(
  db: Transaction,
  type: "restore.requested" | "restore.approved" | "restore.completed",
  { tenantId, id }: RestoreReference,
): Promise<void> {
  const { data } = await read(db, id);
  await recordEvent(db, type, { tenantId, subjectKind: "restore", subjectId: id }, data);
}

/** Tells, in the caller's transaction, of a restore that stopped, whether it had begun to change its target, and what lay there before. */
export async function recordRestoreFailed(db: Transaction, { tenantId, id }: RestoreReference, failure: RestoreFailure): Promise<void> {
  const { data, changedTargetAt, safetyBackupId } = await read(db, id);
  const { message, mend } = failure;
  await recordEvent(
    db,
    "restore.failed",
    { tenantId, subjectKind: "restore", subjectId: id },
    { ...data, failure: { message, mend }, changedTarget: changedTargetAt !== null, safetyBackupId },
  );
}

async function read(db: Transaction, id: string) {
  const { backupId, targetSystemId, changedTargetAt, safetyBackupId } = await db.restore.findUniqueOrThrow({ where: { id } });
  return { data: { restoreId: id, backupId, systemId: targetSystemId }, changedTargetAt, safetyBackupId };
}
