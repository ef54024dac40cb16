import { proofFields, requireProof } from "#lib/auth/step-up.ts";
import { giveUpBackups } from "#lib/backups/give-up-backups.ts";
import { backupSchema } from "#lib/backups/schemas.ts";
import { getBackupOrThrow, toBackup } from "#lib/backups/to-backup.ts";
import { refuseInUse } from "#lib/backups/used-by-restore.ts";
import { databaseNow } from "#lib/clock/database-now.ts";
import { ConflictError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";

export const eraseBackup = operation({
  name: "eraseBackup",
  summary: "Removes a backup that lies in the trash for good, without waiting for its 7 days. Needs the login password.",
  http: { method: "POST", path: "/backups/{id}/erasure", status: 202 },
  permission: "backups.delete",
  input: idInput.extend(proofFields),
  output: backupSchema,
  audit: ({ id, systemName, createdAt }) => ({
    action: "backup.erased",
    subjectKind: "backup",
    subjectId: id,
    subjectLabel: systemName,
    detail: { createdAt },
  }),
  changes: ["backups", "systems", "overview"],
  prepare: (context, input) => requireProof(context, input),
  run: async (db, _context, { id }) => {
    await getBackupOrThrow(db, id);
    await refuseInUse(db, id);
    const marked = await giveUpBackups(db, [id], { from: "trashed", now: await databaseNow(db) });
    if (marked.length === 0) throw new ConflictError("Only a backup in the trash can be removed for good.", "backup-not-trashed");
    return toBackup(await getBackupOrThrow(db, id));
  },
});
