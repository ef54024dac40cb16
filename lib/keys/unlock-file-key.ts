import type { Context } from "#lib/auth/context.ts";
import { CryptoError, WrongPassphraseError } from "#lib/crypto/crypto-error.ts";
import { unprotectIdentity } from "#lib/crypto/passphrase.ts";
import { fileKeyFromHeader } from "#lib/crypto/recipients.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { ConflictError, InvalidInputError } from "#lib/errors.ts";
import { openManagedIdentity } from "#lib/keys/create-managed-key.ts";
import type { KeyRow } from "#lib/keys/current-key.ts";
import { tryPassphrase } from "#lib/keys/passphrase-work.ts";

/** What must be known of a backup to unlock it, without fetching it. */
export interface LockedBackup {
  keyId: string;
  ageHeader: Uint8Array | null;
}

/**
 * Takes one archive's file key (16 bytes) out of its header; the identity that opens every archive of the key is forgotten at once.
 * Null for an archive that is not encrypted. Takes about a second of another thread for a passphrase, so call it outside a transaction.
 * Throws InvalidInputError "wrong-passphrase" or "passphrase-needed" at the path "passphrase", saying which key it is about (an old
 * backup needs the passphrase of its own day), ConflictError "key-damaged" when key or header are not what was stored, and
 * TooManyRequestsError after too many wrong passphrases, or while too many are tried.
 */
export async function unlockFileKey(context: Context, backup: LockedBackup, passphrase: string | undefined): Promise<Buffer | null> {
  const tenantId = context.tenant.id;
  const key = await withTenant(tenantId, (db) => db.key.findUniqueOrThrow({ where: { id: backup.keyId } }));
  if (key.mode === "off") return null;
  if (backup.ageHeader === null)
    throw new ConflictError("This backup was never completed, so there is nothing to unlock.", "not-completed");
  const identity =
    key.mode === "managed"
      ? await withTenant(tenantId, (db) => openManagedIdentity(db, key))
      : await openProtectedIdentity(context, key, passphrase);
  try {
    return fileKeyFromHeader(Buffer.from(backup.ageHeader), identity);
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    throw new ConflictError(
      `The catalogue's header of this backup does not fit its key ${key.fingerprint}. Verify the backup, or take another one.`,
      "key-damaged",
    );
  }
}

async function openProtectedIdentity(context: Context, key: KeyRow, passphrase: string | undefined): Promise<string> {
  const { protectedIdentity } = key;
  if (protectedIdentity === null) throw new Error(`The key ${key.id} has no protected identity.`);
  if (!passphrase) throw refusal(key, "passphrase-needed", "Type the passphrase.");
  try {
    return await tryPassphrase(context, () => unprotectIdentity(Buffer.from(protectedIdentity), passphrase));
  } catch (error) {
    if (error instanceof WrongPassphraseError) throw refusal(key, "wrong-passphrase", "This passphrase does not open this backup.");
    if (!(error instanceof CryptoError)) throw error;
    if (error.code === "invalid-passphrase") throw refusal(key, "wrong-passphrase", error.message);
    throw new ConflictError(
      `The stored key file of ${key.fingerprint} is damaged. Use the one you put away, or the copy beside the archives.`,
      "key-damaged",
    );
  }
}

/** Which passphrase is meant: the one of the key's own day, whatever was set since. */
function refusal(key: KeyRow, code: string, what: string): InvalidInputError {
  const day = key.createdAt.toISOString().slice(0, 10);
  const hint = key.hint ? ` Its hint is “${key.hint}”.` : "";
  const message = `${what} It needs the one set on ${day} (key ${key.fingerprint}).${hint}`;
  return new InvalidInputError(message, [{ path: "passphrase", message }], {
    code,
    extra: { key: { id: key.id, fingerprint: key.fingerprint, createdAt: key.createdAt.toISOString(), hint: key.hint } },
  });
}
