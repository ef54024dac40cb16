import type { Context } from "#lib/auth/context.ts";
import { CryptoError, WrongPassphraseError } from "#lib/crypto/crypto-error.ts";
import type { OpenedKeyFile } from "#lib/crypto/identity-file.ts";
import { recipientOf } from "#lib/crypto/identity.ts";
import { fingerprintOf } from "#lib/crypto/keyring.ts";
import { openKeyFile } from "#lib/crypto/passphrase.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { ConflictError, InvalidInputError } from "#lib/errors.ts";
import { openManagedIdentity } from "#lib/keys/create-managed-key.ts";
import type { KeyRow } from "#lib/keys/current-key.ts";
import { tryPassphrase } from "#lib/keys/passphrase-work.ts";
import { tenantSigner } from "#lib/tenants/signing-key.ts";

/** A key that was opened. The identity opens every archive of the key: keep it no longer than the one step needs it. */
export interface OpenedKey {
  /** `AGE-SECRET-KEY-1…` */
  identity: string;
  /** `age1…`, reckoned from the identity. */
  recipient: string;
  /**
   * The raw Ed25519 key, in base64, whose signatures under the descriptions of this key's backups are to be believed; null where the key names none
   * (made before descriptions were signed by the tenant, or a managed key found in a destination). For a key under a passphrase it stood inside the
   * protected file, so only who knew the passphrase can have put it there.
   */
  signingPublicKey: string | null;
}

/**
 * Opens a key and tells whose descriptions to believe. For a key that was found in a destination (origin `rebuilt`) this is what makes it trusted: the
 * identity must have the key's fingerprint, and the recipient and signing key that are learned on the way are written to its row, so that later ones
 * find them at `key.signingPublicKey` without the passphrase. A passphrase that opened counts as proven from then on. While a key is protected anew,
 * its present and its next passphrase both open.
 *
 * Takes about a second of another thread for each passphrase, so call it outside a transaction. Not for keys with mode `off`.
 * Throws InvalidInputError "wrong-passphrase" or "passphrase-needed" at the path "passphrase"; ConflictError "key-damaged" when the stored file is
 * not what it should be, "key-not-here" for a managed key that was found in a destination and whose identity nobody brought yet;
 * TooManyRequestsError after too many wrong passphrases, or while too many are tried.
 */
export async function authenticateKey(context: Context, key: KeyRow, passphrase: string | undefined): Promise<OpenedKey> {
  if (key.mode === "managed") return openManagedKey(context, key);
  const { identity, recipient, signingKey } = await openProtectedIdentity(context, key, passphrase);
  const learned = key.origin === "rebuilt" ? { recipient, signingPublicKey: signingKey } : {};
  await withTenant(context.tenant.id, (db) => db.key.updateMany({ where: { id: key.id }, data: { ...learned, provenAt: new Date() } }));
  return { identity, recipient, signingPublicKey: signingKey };
}

async function openManagedKey(context: Context, key: KeyRow): Promise<OpenedKey> {
  refuseWithoutIdentity(key);
  return withTenant(context.tenant.id, async (db) => {
    const identity = await openManagedIdentity(db, key);
    const own = key.origin === "made" ? (await tenantSigner(db)).publicKey : null;
    return { identity, recipient: recipientOf(identity), signingPublicKey: key.signingPublicKey ?? own };
  });
}

/** Throws ConflictError "key-not-here" for a managed key that was found in a destination: its identity lies in none. */
export function refuseWithoutIdentity(key: KeyRow): void {
  if (key.mode !== "managed" || key.sealedIdentity !== null) return;
  throw new ConflictError(
    `This key (${key.fingerprint}) was found in a destination, which holds no identity of a managed key. Bring the key file that was taken away, on the page “Keys”.`,
    "key-not-here",
  );
}

type OpenedIdentity = OpenedKeyFile & { recipient: string };

async function openProtectedIdentity(context: Context, key: KeyRow, passphrase: string | undefined): Promise<OpenedIdentity> {
  if (!passphrase) throw refusal(key, "passphrase-needed", "Type the passphrase.");
  try {
    return await tryPassphrase(context, key.id, () => openThisKey(key, passphrase));
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

async function openThisKey(key: KeyRow, passphrase: string): Promise<OpenedIdentity> {
  const opened = await openPresentOrNext(key, passphrase);
  const recipient = recipientOf(opened.identity);
  if (fingerprintOf(recipient) === key.fingerprint) return { ...opened, recipient };
  throw new ConflictError(
    `The stored key file opens, but to another key than ${key.fingerprint}. Use the one you put away, and find out who changed it.`,
    "key-damaged",
  );
}

/** Until the next protection is proven everywhere, both open. */
async function openPresentOrNext(key: KeyRow, passphrase: string): Promise<OpenedKeyFile> {
  const { protectedIdentity, nextProtectedIdentity } = key;
  if (protectedIdentity === null) throw new Error(`The key ${key.id} has no protected identity.`);
  try {
    return await openKeyFile(Buffer.from(protectedIdentity), passphrase);
  } catch (error) {
    if (nextProtectedIdentity === null || !(error instanceof WrongPassphraseError)) throw error;
    return openKeyFile(Buffer.from(nextProtectedIdentity), passphrase);
  }
}

/** Which passphrase is meant: the one of the key's own day, whatever was set since. */
function refusal(key: KeyRow, code: string, what: string): InvalidInputError {
  const day = (key.protectedAt ?? key.createdAt).toISOString().slice(0, 10);
  const hint = key.hint ? ` Its hint is “${key.hint}”.` : "";
  const message = `${what} It needs the one set on ${day} (key ${key.fingerprint}).${hint}`;
  return new InvalidInputError(message, [{ path: "passphrase", message }], {
    code,
    extra: { key: { id: key.id, fingerprint: key.fingerprint, createdAt: key.createdAt.toISOString(), hint: key.hint } },
  });
}
