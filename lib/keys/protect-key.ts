import type { Context } from "#lib/auth/context.ts";
import { proofFields, requireProof } from "#lib/auth/step-up.ts";
import { MAX_KEY_FILE_VERSION } from "#lib/backups/object-keys.ts";
import { notifyChange } from "#lib/db/changes.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { ConflictError, InvalidInputError } from "#lib/errors.ts";
import { authenticateKey } from "#lib/keys/authenticate-key.ts";
import { finishProtection, nameNextFiles } from "#lib/keys/finish-protection.ts";
import { changedMeanwhile, lockKey } from "#lib/keys/lock-key.ts";
import { protectAndProve, requireGoodPassphrase } from "#lib/keys/make-passphrase-key.ts";
import { inPassphraseTurn } from "#lib/keys/passphrase-work.ts";
import { keySchema, protectKeyInput } from "#lib/keys/schemas.ts";
import { recordKeyChanged } from "#lib/keys/record-key-changed.ts";
import { getKeyOrThrow, toKey } from "#lib/keys/to-key.ts";
import { operation } from "#lib/operation.ts";
import { tenantSigner } from "#lib/tenants/signing-key.ts";

/**
 * The first of two phases. The same identity lies under the old and the new passphrase until every destination holds the new file: the worker writes
 * them (distribute-key-files.ts), and then the new one takes over (finish-protection.ts).
 */
export const protectKey = operation({
  name: "protectKey",
  summary:
    "Puts an existing key, and so the backups under it, under a new passphrase. Until every destination holds the new file, both open.",
  http: { method: "POST", path: "/keys/{id}/protection", status: 202 },
  permission: "keys.write",
  input: protectKeyInput.extend(proofFields),
  output: keySchema,
  audit: (result) => ({
    action: "key.passphraseChanged",
    subjectKind: "key",
    subjectId: result.id,
    subjectLabel: result.fingerprint,
    detail: { hint: result.hint },
  }),
  changes: ["keys"],
  prepare: async (context, input) => {
    await requireProof(context, input);
    const key = await withTenant(context.tenant.id, (db) => getKeyOrThrow(db, input.id));
    refuseUnlessProtectable(key);
    await requireGoodPassphrase(context, input.newPassphrase, input.hint ?? "", "newPassphrase");
    refuseTheSame(input);
    const { identity, recipient, signingPublicKey } = await authenticateKey(context, key, input.passphrase);
    // A key that was found in a destination keeps the signing key of the installation that made its backups.
    const signingKey = signingPublicKey ?? (await withTenant(context.tenant.id, tenantSigner)).publicKey;
    const next = await protect(context, { identity, recipient, signingKey, createdAt: key.createdAt }, input.newPassphrase);
    return { next, signingKey, openedFrom: key.protectedIdentity };
  },
  run: async (db, context, { id, hint }, { next, signingKey, openedFrom }) => {
    await lockKey(db, id);
    const key = await getKeyOrThrow(db, id);
    refuseUnlessProtectable(key);
    if (key.protectedIdentity !== openedFrom) throw changedMeanwhile();
    // The old hint spoke of the old passphrase.
    const data = { nextProtectedIdentity: next, hint: hint || null, provenAt: new Date(), signingPublicKey: signingKey };
    await db.key.updateMany({ where: { id }, data });
    await recordKeyChanged(db, { tenantId: context.tenant.id, keyId: id }, "it gets a new passphrase");
    await nameNextFiles(db, id);
    // Where no destination holds a file, there is nothing to wait for.
    await finishProtection(db, { tenantId: context.tenant.id, keyId: id });
    await notifyChange(db, { tenantId: context.tenant.id, kinds: ["keyFiles"] });
    return toKey(await getKeyOrThrow(db, id));
  },
});

function refuseUnlessProtectable(key: { mode: string; nextProtectedIdentity: string | null; protectionVersion: number }): void {
  if (key.mode !== "passphrase") {
    throw new ConflictError("This key has no passphrase that could be changed. Set one for new backups instead.", "no-passphrase");
  }
  // Only somebody who can write to a destination can have brought it there; a file beyond it would not be found again.
  if (key.protectionVersion >= MAX_KEY_FILE_VERSION) {
    throw new ConflictError(
      "The file of this key was found under the highest number that there is, so no other can follow it. Set a new passphrase for new backups instead.",
      "last-key-file",
    );
  }
  if (key.nextProtectedIdentity === null) return;
  throw new ConflictError(
    "A new passphrase of this key is still on its way into the destinations. The page “Keys” says which one holds it up; wait for it, then try again.",
    "protection-pending",
  );
}

function refuseTheSame({ passphrase, newPassphrase }: { passphrase: string; newPassphrase: string }): void {
  if (passphrase.normalize("NFC") !== newPassphrase.normalize("NFC")) return;
  const message = "This is the passphrase that the key has already. Choose another one.";
  throw new InvalidInputError(message, [{ path: "newPassphrase", message }], { code: "same-passphrase" });
}

function protect(
  context: Context,
  opened: { identity: string; recipient: string; signingKey: string; createdAt: Date },
  passphrase: string,
): Promise<string> {
  return inPassphraseTurn(context.tenant.id, () => protectAndProve(opened, passphrase));
}
