import { backupSchema } from "#lib/backups/schemas.ts";
import { getBackupOrThrow, toBackup } from "#lib/backups/to-backup.ts";
import { usedByRestore } from "#lib/backups/used-by-restore.ts";
import { ConflictError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";

export const deleteBackup = operation({
  name: "deleteBackup",
  summary: "Puts a backup into the trash. It can be recovered for 7 days; then its objects are removed.",
  http: { method: "DELETE", path: "/backups/{id}" },
  permission: "backups.delete",
  input: idInput,
  output: backupSchema,
  audit: ({ id, systemName, createdAt }) => ({
    action: "backup.deleted",
    subjectKind: "backup",
    subjectId: id,
    subjectLabel: systemName,
    detail: { createdAt },
  }),
  changes: ["backups", "systems", "overview"],
  run: async (db, _context, { id }) => {
    const backup = await getBackupOrThrow(db, id);
    if (backup.pinned) throw new ConflictError("This backup is pinned. Unpin it first.", "backup-pinned");
    if ((await usedByRestore(db, [id])).has(id))
      throw new ConflictError("A restore is using this backup. Finish or cancel that restore first.", "backup-in-use");
    const { count } = await db.backup.updateMany({
      where: { id, status: "completed" },
      data: { status: "trashed", trashedAt: new Date() },
    });
    if (count === 0) throw new ConflictError("This backup is in the trash already.", "backup-trashed");
    return toBackup(await getBackupOrThrow(db, id));
  },
});
