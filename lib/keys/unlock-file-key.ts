import type { Context } from "#lib/auth/context.ts";
import { CryptoError } from "#lib/crypto/crypto-error.ts";
import { fileKeyFromHeader } from "#lib/crypto/recipients.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { ConflictError } from "#lib/errors.ts";
import { authenticateKey } from "#lib/keys/authenticate-key.ts";

/** What must be known of a backup to unlock it, without fetching it. */
export interface LockedBackup {
  keyId: string;
  ageHeader: Uint8Array | null;
}

/**
 * Takes one archive's file key (16 bytes) out of its header; the identity that opens every archive of the key is forgotten at once.
 * Null for an archive that is not encrypted. Takes about a second of another thread for a passphrase, so call it outside a transaction.
 * Throws what authenticateKey throws, saying which key it is about (an old backup needs the passphrase of its own day), and ConflictError
 * "key-damaged" when key or header are not what was stored.
 */
export async function unlockFileKey(context: Context, backup: LockedBackup, passphrase: string | undefined): Promise<Buffer | null> {
  const key = await withTenant(context.tenant.id, (db) => db.key.findUniqueOrThrow({ where: { id: backup.keyId } }));
  if (key.mode === "off") return null;
  if (backup.ageHeader === null)
    throw new ConflictError("This backup was never completed, so there is nothing to unlock.", "not-completed");
  const { identity } = await authenticateKey(context, key, passphrase);
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
