import { backupSchema } from "#lib/backups/schemas.ts";
import { getBackupOrThrow, toBackup } from "#lib/backups/to-backup.ts";
import { ConflictError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";

export const pinBackup = operation({
  name: "pinBackup",
  summary: "Pins a backup: neither retention nor a person deletes it until it is unpinned.",
  http: { method: "PUT", path: "/backups/{id}/pin" },
  permission: "backups.pin",
  input: idInput,
  output: backupSchema,
  audit: ({ id, systemName, createdAt }) => ({
    action: "backup.pinned",
    subjectKind: "backup",
    subjectId: id,
    subjectLabel: systemName,
    detail: { createdAt },
  }),
  changes: ["backups"],
  run: async (db, _context, { id }) => {
    await getBackupOrThrow(db, id);
    const { count } = await db.backup.updateMany({ where: { id, status: "completed" }, data: { pinned: true } });
    if (count === 0) throw new ConflictError("This backup is being deleted. Take it out of the trash first.", "backup-trashed");
    return toBackup(await getBackupOrThrow(db, id));
  },
});
