import { backupSchema } from "#lib/backups/schemas.ts";
import { getBackupOrThrow, toBackup } from "#lib/backups/to-backup.ts";
import { ConflictError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";

export const recoverBackup = operation({
  name: "recoverBackup",
  summary: "Takes a backup out of the trash.",
  http: { method: "POST", path: "/backups/{id}/recovery" },
  permission: "backups.delete",
  input: idInput,
  output: backupSchema,
  audit: ({ id, systemName, createdAt }) => ({
    action: "backup.recovered",
    subjectKind: "backup",
    subjectId: id,
    subjectLabel: systemName,
    detail: { createdAt },
  }),
  changes: ["backups", "systems", "overview"],
  run: async (db, _context, { id }) => {
    await getBackupOrThrow(db, id);
    const { count } = await db.backup.updateMany({ where: { id, status: "trashed" }, data: { status: "completed", trashedAt: null } });
    if (count === 0)
      throw new ConflictError("This backup is not in the trash, or is being removed for good already.", "backup-not-trashed");
    return toBackup(await getBackupOrThrow(db, id));
  },
});
