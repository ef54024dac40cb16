import { CryptoError } from "#lib/crypto/crypto-error.ts";
import { fileKeyFromHeader } from "#lib/crypto/recipients.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { openManagedIdentity } from "#lib/keys/create-managed-key.ts";
import { takeFileKey, withdrawFileKey } from "#lib/keys/file-key-grant.ts";
import type { ClaimedVerification } from "#lib/verifications/claim-verification.ts";
import { unpackLimits } from "#lib/verifications/unpack-limits.ts";

/** What there is to open an archive with. */
export interface Opening {
  /** Whether the archive can be opened and checked, and not only compared byte for byte. */
  canOpen: boolean;
  /** Null for an archive that is not encrypted, and where it cannot be opened. The caller wipes it. */
  fileKey: Buffer | null;
  /** Why it cannot be opened although that was asked for. */
  note: string | null;
}

const bytesOnly = (note: string | null = null): Opening => ({ canOpen: false, fileKey: null, note });

/**
 * The file key of the archive to verify: none is needed with mode off, a managed key is opened here, and that of a passphrase was handed over by who typed
 * it. Throws nothing of that: without a key, the bytes can still be compared.
 */
export async function openingOf(verification: ClaimedVerification, workerIdentity: string): Promise<Opening> {
  const { tenantId, id, backup, withKey, trigger } = verification;
  const { key, ageHeader } = backup;
  if (!withKey || (key.mode !== "off" && ageHeader === null)) return bytesOnly();
  // Nobody vouched for it and nobody asked: whoever can write to the destination would make the worker open what they like.
  if (trigger === "schedule" && backup.authenticity === "foreign") return bytesOnly();
  const tooFar = unfoldsTooFar(backup);
  if (tooFar !== null) {
    await withTenant(tenantId, (db) => withdrawFileKey(db, id));
    return bytesOnly(tooFar);
  }
  if (key.mode === "off" || ageHeader === null) return { canOpen: true, fileKey: null, note: null };
  try {
    if (key.mode === "managed") {
      const identity = await withTenant(tenantId, (db) => openManagedIdentity(db, key));
      return { canOpen: true, fileKey: fileKeyFromHeader(Buffer.from(ageHeader), identity), note: null };
    }
    const fileKey = await takeFileKey(tenantId, id, workerIdentity);
    if (fileKey !== null) return { canOpen: true, fileKey, note: null };
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    if (key.mode === "managed") return bytesOnly(`Its key ${key.fingerprint} does not open the archive's header as the catalogue has it.`);
  }
  return bytesOnly(
    "It was not opened: what the passphrase unlocked was gone with the worker that had it, or had waited too long. Verify it once more with the passphrase.",
  );
}

/** A sentence where the description announces more than may be unfolded on its word; else null. */
function unfoldsTooFar(backup: ClaimedVerification["backup"]): string | null {
  const { recordedTarBytes, maxTarBytes } = unpackLimits(backup);
  if (recordedTarBytes === null || recordedTarBytes <= maxTarBytes) return null;
  return `It was not opened: its description says that it unfolds to ${recordedTarBytes} bytes, and one of its size is unfolded to ${maxTarBytes} at most.`;
}
