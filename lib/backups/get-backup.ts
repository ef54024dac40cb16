import { backupSchema } from "#lib/backups/schemas.ts";
import { getBackupOrThrow, toBackup } from "#lib/backups/to-backup.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";

export const getBackup = operation({
  name: "getBackup",
  summary: "A backup: what it is, how far it was proven, where its copies lie.",
  http: { method: "GET", path: "/backups/{id}" },
  permission: "backups.read",
  input: idInput,
  output: backupSchema,
  audit: "nothing: reads what everyone may see",
  run: async (db, _context, { id }) => toBackup(await getBackupOrThrow(db, id)),
});
