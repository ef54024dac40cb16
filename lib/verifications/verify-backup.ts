import { backupSchema } from "#lib/backups/schemas.ts";
import { believeWhomTheKeyNames } from "#lib/catalogue/unlock-believed.ts";
import { getBackupOrThrow, toBackup } from "#lib/backups/to-backup.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { ConflictError, InvalidInputError } from "#lib/errors.ts";
import { giveFileKey } from "#lib/keys/file-key-grant.ts";
import { unlockFileKey } from "#lib/keys/unlock-file-key.ts";
import { operation } from "#lib/operation.ts";
import { queueVerification } from "#lib/verifications/queue-verification.ts";
import { verifyBackupInput } from "#lib/verifications/schemas.ts";

export const verifyBackup = operation({
  name: "verifyBackup",
  summary:
    "Fetches a backup's copies whole and compares them with what was recorded; with a managed key or the passphrase, also opens the archive and checks every entry.",
  http: { method: "POST", path: "/backups/{id}/verify", status: 202 },
  permission: "backups.verify",
  input: verifyBackupInput,
  output: backupSchema,
  audit: ({ id, systemName, verification }) => ({
    action: "backup.verificationRequested",
    subjectKind: "backup",
    subjectId: id,
    subjectLabel: systemName,
    detail: { verificationId: verification?.id, destinationId: verification?.destinationId, withKey: verification?.withKey },
  }),
  changes: ["backups", "due"],
  prepare: async (context, { id, passphrase, destinationId }) => {
    const { backup, key } = await withTenant(context.tenant.id, (db) => getVerifiable(db, id, destinationId));
    if (!passphrase || key.mode !== "passphrase") return { fileKey: null };
    const fileKey = await unlockFileKey(context, backup, passphrase);
    await believeWhomTheKeyNames(context, backup);
    return { fileKey };
  },
  run: async (db, { actor }, { id, destinationId }, { fileKey }) => {
    const { key } = await getVerifiable(db, id, destinationId);
    const withKey = fileKey !== null || key.mode === "off" || key.sealedIdentity !== null;
    const wanted = { backupId: id, destinationId: destinationId ?? null, requestedBy: actor.memberId, withKey };
    const verificationId = await queueVerification(db, { ...wanted, trigger: "person" });
    if (fileKey !== null) await giveFileKey(db, verificationId, fileKey);
    return toBackup(await getBackupOrThrow(db, id));
  },
});

/** Throws NotFoundError, ConflictError "not-verifiable", InvalidInputError for a destination that should not have it. */
async function getVerifiable(db: Transaction, id: string, destinationId: string | undefined) {
  const backup = await getBackupOrThrow(db, id);
  if (backup.status !== "completed") {
    throw new ConflictError("This backup is in the trash, so it is not verified. Take it out of there first.", "not-verifiable");
  }
  if (backup.sha256 === null) {
    const message = "The catalogue does not know the SHA-256 of this backup, so there is nothing to compare it with.";
    throw new ConflictError(message, "not-verifiable");
  }
  const isThere = backup.copies.some((copy) => copy.destinationId === destinationId && copy.status !== "deleted");
  if (destinationId !== undefined && !isThere) {
    const message = "This backup has no copy in that destination.";
    throw new InvalidInputError(message, [{ path: "destinationId", message }]);
  }
  const key = await db.key.findUniqueOrThrow({ where: { id: backup.keyId } });
  return { backup, key };
}
