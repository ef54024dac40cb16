import type { Context } from "#lib/auth/context.ts";
import { proofFields, requireProof } from "#lib/auth/step-up.ts";
import { CryptoError } from "#lib/crypto/crypto-error.ts";
import { type OpenedKeyFile, readIdentityFile } from "#lib/crypto/identity-file.ts";
import { recipientOf } from "#lib/crypto/identity.ts";
import { fingerprintOf } from "#lib/crypto/keyring.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { ConflictError, InvalidInputError } from "#lib/errors.ts";
import { authenticateKey, type OpenedKey } from "#lib/keys/authenticate-key.ts";
import { newChallenge } from "#lib/keys/challenge.ts";
import { sealManagedIdentity } from "#lib/keys/create-managed-key.ts";
import type { KeyRow } from "#lib/keys/current-key.ts";
import { adoptKeyInput, keySchema } from "#lib/keys/schemas.ts";
import { getKeyOrThrow, toKey } from "#lib/keys/to-key.ts";
import { operation } from "#lib/operation.ts";

type Adopted = OpenedKey & { protectedIdentity: string | null };

export const adoptKey = operation({
  name: "adoptKey",
  summary:
    "Opens a key that was found in a destination, by its passphrase or by the key file that was taken away, so that its backups can be used here.",
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
    return key.mode === "managed" ? openTakenAway(key, input.keyFile ?? "") : openProtected(context, key, input);
  },
  run: async (db, _context, { id }, opened) => {
    const { mode } = await getKeyOrThrow(db, id);
    const { recipient, signingPublicKey, identity, protectedIdentity } = opened;
    // Who brings a managed key's identity holds it, also apart from here.
    const material =
      mode === "managed"
        ? { sealedIdentity: await sealManagedIdentity(db, id, identity), identityTakenAt: new Date() }
        : { protectedIdentity };
    const data = { recipient, signingPublicKey, ...material, ...(await newChallenge(recipient)), provenAt: new Date() };
    await db.key.updateMany({ where: { id }, data });
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
  return { identity: opened.identity, recipient, signingPublicKey: opened.signingKey, protectedIdentity: null };
}

/** The passphrase opens the file that was found or, where that one is damaged, the one that its owner brings. */
async function openProtected(
  context: Context,
  key: KeyRow,
  input: { keyFile?: string | undefined; passphrase?: string | undefined },
): Promise<Adopted> {
  const protectedIdentity = input.keyFile?.trim() ? input.keyFile : key.protectedIdentity;
  return { ...(await authenticateKey(context, { ...key, protectedIdentity }, input.passphrase)), protectedIdentity };
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
