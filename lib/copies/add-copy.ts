import { objectKeysOf } from "#lib/backups/object-keys.ts";
import { backupSchema } from "#lib/backups/schemas.ts";
import { type BackupRow, getBackupOrThrow, toBackup } from "#lib/backups/to-backup.ts";
import { databaseNow } from "#lib/clock/database-now.ts";
import { refuseUncopiable } from "#lib/copies/refuse-uncopiable.ts";
import { addCopyInput } from "#lib/copies/schemas.ts";
import type { Transaction } from "#lib/db/client.ts";
import { ConflictError, InvalidInputError } from "#lib/errors.ts";
import { operation } from "#lib/operation.ts";

export const addCopy = operation({
  name: "addCopy",
  summary: "Copies a backup into a further destination, as it is: encrypted, byte for byte, from a good copy.",
  http: { method: "POST", path: "/backups/{id}/copies", status: 202 },
  permission: "runs.start",
  input: addCopyInput,
  output: backupSchema,
  audit: ({ id, systemName }, { destinationId }) => ({
    action: "backup.copyRequested",
    subjectKind: "backup",
    subjectId: id,
    subjectLabel: systemName,
    detail: { destinationId },
  }),
  changes: ["backups", "copies"],
  run: async (db, { tenant }, { id, destinationId }) => {
    const backup = await getBackupOrThrow(db, id);
    refuseUncopiable(backup);
    await refuseUnknownDestination(db, destinationId);
    await nameCopy(db, tenant.id, backup, destinationId);
    return toBackup(await getBackupOrThrow(db, id));
  },
});

async function refuseUnknownDestination(db: Transaction, destinationId: string): Promise<void> {
  if (await db.destination.findFirst({ where: { id: destinationId, deletedAt: null }, select: { id: true } })) return;
  const message = `There is no destination “${destinationId}”; it may have been deleted meanwhile.`;
  throw new InvalidInputError(message, [{ path: "destinationId", message }]);
}

/** The row comes first; a worker does the rest. One whose copy was removed for good there may come again, under the same name. */
async function nameCopy(db: Transaction, tenantId: string, backup: BackupRow, destinationId: string): Promise<void> {
  const { id: backupId, systemId, createdAt } = backup;
  const isEncrypted = backup.copies[0]?.objectKey.endsWith(".age") ?? true;
  const keys = objectKeysOf({ tenantId, systemId, backupId, createdAt, isEncrypted });
  const fresh = { status: "failed", failure: null, attempts: 0, nextAttemptAt: await databaseNow(db) };
  const again = await db.backupCopy.updateMany({ where: { backupId, destinationId, status: "deleted" }, data: { ...fresh, ...keys } });
  if (again.count > 0) return;
  const made = await db.backupCopy.createMany({ data: [{ backupId, destinationId, ...keys, ...fresh }], skipDuplicates: true });
  if (made.count > 0) return;
  throw new ConflictError("This backup has a copy in that destination already. If it is not a good one, retry that copy.", "copy-exists");
}
