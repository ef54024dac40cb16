import { backupSchema } from "#lib/backups/schemas.ts";
import { getBackupOrThrow, toBackup } from "#lib/backups/to-backup.ts";
import { databaseNow } from "#lib/clock/database-now.ts";
import { refuseUncopiable } from "#lib/copies/refuse-uncopiable.ts";
import { addCopyInput } from "#lib/copies/schemas.ts";
import { ConflictError, NotFoundError } from "#lib/errors.ts";
import { operation } from "#lib/operation.ts";

export const retryCopy = operation({
  name: "retryCopy",
  summary: "Brings a copy that failed, is damaged or is missing in order at once, from a good copy.",
  http: { method: "POST", path: "/backups/{id}/copies/{destinationId}/attempts", status: 202 },
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
  run: async (db, _context, { id, destinationId }) => {
    const backup = await getBackupOrThrow(db, id);
    const copy = backup.copies.find((each) => each.destinationId === destinationId && each.status !== "deleted");
    if (!copy) throw new NotFoundError("copy");
    refuseUncopiable(backup);
    if (copy.destination.deletedAt !== null) {
      throw new ConflictError("This destination was disconnected, so nothing new is stored there.", "destination-deleted");
    }
    if (copy.leaseOwner !== null) throw new ConflictError("This copy is being made already.", "copy-under-way");
    if (copy.status === "stored" && copy.failure === null) throw new ConflictError("This copy is in order.", "copy-in-order");
    const { count } = await db.backupCopy.updateMany({
      where: { backupId: id, destinationId, leaseOwner: null, status: { in: ["stored", "damaged", "missing", "failed", "deleting"] } },
      // What still lies there half removed is cleared away first.
      data: { attempts: 0, nextAttemptAt: await databaseNow(db) },
    });
    if (count === 0) throw new ConflictError("This copy is being made already.", "copy-under-way");
    return toBackup(await getBackupOrThrow(db, id));
  },
});
