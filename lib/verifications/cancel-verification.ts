import { backupSchema } from "#lib/backups/schemas.ts";
import { getBackupOrThrow, toBackup } from "#lib/backups/to-backup.ts";
import { ConflictError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { giveUpVerification } from "#lib/verifications/queue-verification.ts";

export const cancelVerification = operation({
  name: "cancelVerification",
  summary: "Stops verifying a backup. What was proven of it before stays.",
  http: { method: "POST", path: "/backups/{id}/verify/cancel" },
  permission: "backups.verify",
  input: idInput,
  output: backupSchema,
  audit: ({ id, systemName }) => ({
    action: "backup.verificationCancelled",
    subjectKind: "backup",
    subjectId: id,
    subjectLabel: systemName,
  }),
  changes: ["backups"],
  run: async (db, _context, { id }) => {
    await getBackupOrThrow(db, id);
    if (!(await giveUpVerification(db, id))) throw new ConflictError("This backup is not being verified.", "not-verifying");
    return toBackup(await getBackupOrThrow(db, id));
  },
});
