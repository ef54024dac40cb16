import type { BackupRow } from "#lib/backups/to-backup.ts";
import { ConflictError } from "#lib/errors.ts";

/** Throws ConflictError "not-copiable" for a backup that cannot be copied anywhere now. */
export function refuseUncopiable(backup: BackupRow): void {
  if (backup.status !== "completed") {
    throw new ConflictError("This backup is in the trash, so it is not copied. Take it out of there first.", "not-copiable");
  }
  if (backup.sha256 === null || backup.description === null) {
    throw new ConflictError("The catalogue does not know enough of this backup to copy it.", "not-copiable");
  }
  if (backup.copies.some((copy) => copy.status === "stored")) return;
  throw new ConflictError("There is no good copy of this backup left to copy from. Verify it: one may have come back.", "not-copiable");
}
