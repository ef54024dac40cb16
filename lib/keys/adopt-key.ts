import type { Context } from "#lib/auth/context.ts";
import { proofFields, requireProof } from "#lib/auth/step-up.ts";
import { believeUnderKey } from "#lib/catalogue/unlock-believed.ts";
import { CryptoError } from "#lib/crypto/crypto-error.ts";
import { type OpenedKeyFile, readIdentityFile } from "#lib/crypto/identity-file.ts";
import { recipientOf } from "#lib/crypto/identity.ts";
import { fingerprintOf } from "#lib/crypto/keyring.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { ConflictError, HoldfastError, InvalidInputError } from "#lib/errors.ts";
import { authenticateKey, type OpenedKey } from "#lib/keys/authenticate-key.ts";
import { newChallenge } from "#lib/keys/challenge.ts";
import { sealManagedIdentity } from "#lib/keys/create-managed-key.ts";
import type { KeyRow } from "#lib/keys/current-key.ts";
import { changedMeanwhile, lockKey } from "#lib/keys/lock-key.ts";
import { adoptKeyInput, keySchema } from "#lib/keys/schemas.ts";
import { recordKeyChanged } from "#lib/keys/record-key-changed.ts";
import { getKeyOrThrow, toKey } from "#lib/keys/to-key.ts";
import { operation } from "#lib/operation.ts";

interface Adopted extends OpenedKey {
  /** The file that was brought and takes the stored one's place, or null. */
  protectedIdentity: string | null;
  /** The stored file when it was looked at. */
  openedFrom: string | null;
}

export const adoptKey = operation({
  name: "adoptKey",
  summary:
    "Opens a key that was found in a destination, by its passphrase or by the key file that was taken away, and lets its backups be believed that were signed by whom it names.",
  http: { method: "POST", path: "/keys/{id}/adoption" },
  permission: "keys.write",
  input: adoptKeyInput.extend(proofFields),
  output: keySchema,
  audit: (result) => ({ action: "key.adopted", subjectKind: "key", subjectId: result.id, subjectLabel: result.fingerprint }),
  changes: ["keys", "backups"],
  prepare: async (context, input): Promise<Adopted> => {
    await requireProof(context, input);
    const key = await withTenant(context.tenant.id, (db) => getKeyOrThrow(db, input.id));
    if (key.origin !== "rebuilt" || key.mode === "off") {
      throw new ConflictError("This key was made here, so there is nothing to bring.", "not-rebuilt");
    }
    const opened = key.mode === "managed" ? openTakenAway(key, input.keyFile ?? "") : await openProtected(context, key, input);
    await believeUnderKey(context, { id: key.id, signingPublicKey: opened.signingPublicKey });
    return opened;
  },
  run: async (db, { tenant }, { id }, opened) => {
    await lockKey(db, id);
    const { mode, protectedIdentity: present } = await getKeyOrThrow(db, id);
    if (present !== opened.openedFrom) throw changedMeanwhile();
    const { recipient, signingPublicKey, identity, protectedIdentity } = opened;
    // Who brings a managed key's identity holds it, also apart from here.
    const material =
      mode === "managed"
        ? { sealedIdentity: await sealManagedIdentity(db, id, identity), identityTakenAt: new Date() }
        : { ...(protectedIdentity !== null && { protectedIdentity }) };
    const data = { recipient, signingPublicKey, ...material, ...(await newChallenge(recipient)), provenAt: new Date() };
    await db.key.updateMany({ where: { id }, data });
    await recordKeyChanged(db, { tenantId: tenant.id, keyId: id }, "a key that was found in a destination was opened");
    return toKey(await getKeyOrThrow(db, id));
  },
});

/** The identity of a managed key lies in no destination: its owner brings the file that was taken away. */
function openTakenAway(key: KeyRow, text: string): Adopted {
  const opened = readKeyFile(text);
  const recipient = recipientOf(opened.identity);
  if (fingerprintOf(recipient) !== key.fingerprint) {
    throw refuse(`This is the file of the key ${fingerprintOf(recipient)}; the one of ${key.fingerprint} is needed.`);
  }
  return {
    identity: opened.identity,
    recipient,
    signingPublicKey: opened.signingKey,
    protectedIdentity: null,
    openedFrom: key.protectedIdentity,
  };
}

/**
 * The passphrase opens the file that was found or, where that one is damaged or missing, the one that its owner brings. A whole one stays: an older file would
 * bring back the passphrase that it was to replace.
 */
async function openProtected(
  context: Context,
  key: KeyRow,
  input: { keyFile?: string | undefined; passphrase?: string | undefined },
): Promise<Adopted> {
  const brought = input.keyFile?.trim() ? input.keyFile : null;
  const { protectedIdentity: openedFrom } = key;
  if (openedFrom !== null) {
    try {
      return { ...(await authenticateKey(context, key, input.passphrase)), protectedIdentity: null, openedFrom };
    } catch (error) {
      if (brought === null || !(error instanceof HoldfastError)) throw error;
      if (error.code === "wrong-passphrase") throw foundIsWhole(key);
      if (error.code !== "key-damaged") throw error;
    }
  }
  if (brought === null) throw refuse("No key file was found. Bring the one that was put away.");
  const file = { ...key, protectedIdentity: brought, nextProtectedIdentity: null };
  return { ...(await authenticateKey(context, file, input.passphrase)), protectedIdentity: brought, openedFrom };
}

function foundIsWhole({ id }: KeyRow): InvalidInputError {
  const message = `The key file that was found is whole, so the one you bring does not take its place; this passphrase does not open it. Type the one that it was put under last. If somebody swapped the file keys/${id}.<number>.age, take that away from the destination and rebuild the catalogue.`;
  return new InvalidInputError(message, [{ path: "passphrase", message }], { code: "wrong-passphrase" });
}

function readKeyFile(text: string): OpenedKeyFile {
  try {
    const opened = readIdentityFile(text);
    if (opened !== null) return opened;
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    throw refuse(error.message);
  }
  throw refuse("There is no identity in this. It is a line that begins with AGE-SECRET-KEY-1, in the file that was taken away.");
}

function refuse(message: string): InvalidInputError {
  return new InvalidInputError(message, [{ path: "keyFile", message }], { code: "wrong-key-file" });
}
