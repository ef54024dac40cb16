import { backupSchema } from "#lib/backups/schemas.ts";
import { getBackupOrThrow, toBackup } from "#lib/backups/to-backup.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";

export const unpinBackup = operation({
  name: "unpinBackup",
  summary: "Takes a person's pin away; retention decides about the backup again. A safety backup's own pin ends by itself.",
  http: { method: "DELETE", path: "/backups/{id}/pin" },
  permission: "backups.pin",
  input: idInput,
  output: backupSchema,
  audit: ({ id, systemName, createdAt }) => ({
    action: "backup.unpinned",
    subjectKind: "backup",
    subjectId: id,
    subjectLabel: systemName,
    detail: { createdAt },
  }),
  changes: ["backups"],
  run: async (db, _context, { id }) => {
    await getBackupOrThrow(db, id);
    await db.backup.updateMany({ where: { id }, data: { pinned: false } });
    return toBackup(await getBackupOrThrow(db, id));
  },
});
