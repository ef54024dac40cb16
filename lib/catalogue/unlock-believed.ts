import type { Context } from "#lib/auth/context.ts";
import { authenticityOf, believedSigners, believeSigner, signerOf } from "#lib/catalogue/signers.ts";
import { appendAudit } from "#lib/db/audit.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { ConflictError } from "#lib/errors.ts";
import { type LockedBackup, unlockFileKey } from "#lib/keys/unlock-file-key.ts";

/** A row of the catalogue, as far as believing it and unlocking it goes. */
export interface VouchedBackup extends LockedBackup {
  id: string;
  authenticity: string;
  sha256: string | null;
  description: string | null;
}

/**
 * As unlockFileKey, and sees to it that somebody vouches for the archive: a backup that was found in a destination and whose signer was unknown is believed once
 * its key file, opened with the passphrase, names that signer. All others of the same signer under the same key are believed with it.
 * Throws ConflictError "foreign-backup" when nobody vouches for it, and what unlockFileKey throws.
 */
export async function unlockBelieved(context: Context, backup: VouchedBackup, passphrase: string | undefined): Promise<Buffer | null> {
  const fileKey = await unlockFileKey(context, backup, passphrase);
  try {
    if (!(await believeWhomTheKeyNames(context, backup))) throw foreign(signerOf(backup));
    return fileKey;
  } catch (error) {
    fileKey?.fill(0);
    throw error;
  }
}

/**
 * After a key was opened: lets a backup whose signer was unknown be believed if that signer is not unknown any more, and all others of the same signer under the same key with it.
 * Answers whether somebody vouches for the backup now.
 */
export async function believeWhomTheKeyNames(context: Context, backup: VouchedBackup): Promise<boolean> {
  if (backup.authenticity !== "foreign") return true;
  const tenantId = context.tenant.id;
  const signer = signerOf(backup);
  const believed = await withTenant(tenantId, (db) => believedSigners(db, null));
  if (signer === null || authenticityOf(signer, backup.keyId, believed) === "foreign") return false;
  await believeAndRecord(context, { signer, keyId: backup.keyId, subject: { subjectKind: "backup", subjectId: backup.id } });
  return true;
}

/** After a key that was found was opened: lets the backups under it be believed that were signed by whom it names. */
export async function believeUnderKey(context: Context, { id: keyId, signingPublicKey: signer }: OpenedFoundKey): Promise<void> {
  if (signer !== null) await believeAndRecord(context, { signer, keyId, subject: { subjectKind: "key", subjectId: keyId } });
}

interface OpenedFoundKey {
  id: string;
  signingPublicKey: string | null;
}

interface Belief {
  signer: string;
  keyId: string;
  /** What was opened. */
  subject: { subjectKind: string; subjectId: string };
}

async function believeAndRecord(context: Context, { signer, keyId, subject }: Belief): Promise<void> {
  const tenantId = context.tenant.id;
  const count = await believeSigner(tenantId, signer, keyId);
  if (count === 0) return;
  const actor = { kind: "member", id: context.actor.memberId, label: context.actor.email, address: context.address } as const;
  const entry = { action: "backup.signerBelieved", ...subject, detail: { signer, count } };
  await withTenant(tenantId, (db) => appendAudit(db, tenantId, actor, entry));
}

function foreign(signer: string | null): ConflictError {
  const message =
    signer === null
      ? "Nobody vouches for this backup: no signature that holds stands under the description that was found beside it. It may have been swapped, so it is neither restored nor handed out."
      : `This backup was signed with the key ${signer}, which nobody here has vouched for, so it is neither restored nor handed out. Compare that key with the signing key on the recovery sheet; if it is the same, an operator lets it be believed with “npm run cli -- catalogue rebuild … --trust ${signer}”.`;
  return new ConflictError(message, "foreign-backup");
}
