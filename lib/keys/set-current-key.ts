import type { Context } from "#lib/auth/context.ts";
import { requireProof } from "#lib/auth/step-up.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { ConflictError, InvalidInputError } from "#lib/errors.ts";
import { newId } from "#lib/ids.ts";
import { newChallenge } from "#lib/keys/challenge.ts";
import { createManagedKey } from "#lib/keys/create-managed-key.ts";
import type { KeyRow } from "#lib/keys/current-key.ts";
import { keyFile } from "#lib/keys/key-file.ts";
import { makePassphraseKey, type PassphraseKey, requireGoodPassphrase, requireUsableRecipients } from "#lib/keys/make-passphrase-key.ts";
import { currentKeySchema, isBeforeFirstChoice, modeOf, setCurrentKeyInput, type SetCurrentKeyInput } from "#lib/keys/schemas.ts";
import { inPassphraseTurn } from "#lib/keys/passphrase-work.ts";
import { recordKeyChanged } from "#lib/keys/record-key-changed.ts";
import { getKeyOrThrow, toKey } from "#lib/keys/to-key.ts";
import { operation } from "#lib/operation.ts";
import { tenantSigner } from "#lib/tenants/signing-key.ts";

interface Prepared {
  /** Proof was given; without it only the very first choice goes through. */
  isProven: boolean;
  passphraseKey: PassphraseKey | null;
}

export const setCurrentKey = operation({
  name: "setCurrentKey",
  summary: "Sets what backups are encrypted to from now on. Earlier backups keep the key of their own day.",
  http: { method: "PUT", path: "/keys/current" },
  permission: "keys.write",
  input: setCurrentKeyInput,
  output: currentKeySchema,
  audit: (result) => ({
    action: "key.changed",
    subjectKind: "key",
    subjectId: result.id,
    subjectLabel: result.fingerprint,
    detail: { mode: result.mode, hint: result.hint, recoveryRecipients: result.recoveryRecipients },
  }),
  changes: ["keys"],
  changesConfiguration: true,
  prepare: async (context, input): Promise<Prepared> => {
    const isProven = await proveUnlessFirst(context, input);
    requireUsableRecipients(input.recoveryRecipients ?? []);
    if (modeOf(input) !== "passphrase") return { isProven, passphraseKey: null };
    const passphrase = input.passphrase ?? "";
    await requireGoodPassphrase(context, passphrase, input.hint ?? "");
    const { publicKey } = await withTenant(context.tenant.id, tenantSigner);
    return { isProven, passphraseKey: await inPassphraseTurn(context.tenant.id, () => makePassphraseKey(passphrase, publicKey)) };
  },
  run: async (db, { tenant }, input, { isProven, passphraseKey }) => {
    await waitForOtherChanges(db);
    const keys = await db.key.findMany({ select: { mode: true, origin: true } });
    if (!isProven && !isBeforeFirstChoice(keys)) {
      throw new ConflictError(
        "Somebody else chose a key a moment ago. Reload the page, and type your login password to change it again.",
        "key-already-set",
      );
    }
    await db.key.updateMany({ where: { retiredAt: null }, data: { retiredAt: new Date() } });
    const { id } = await createKey(db, input, passphraseKey);
    const key = await getKeyOrThrow(db, id);
    await recordKeyChanged(db, { tenantId: tenant.id, keyId: id }, changeWords[modeOf(input)]);
    return { ...toKey(key), keyFile: key.protectedIdentity === null ? null : keyFile(key, key.protectedIdentity) };
  },
});

const changeWords = {
  passphrase: "new backups are encrypted under a new passphrase",
  managed: "new backups are encrypted to a new managed key",
  off: "new backups are not encrypted any more",
} as const;

/** True when proof was asked for and given, false for the first choice, which needs none. */
async function proveUnlessFirst(context: Context, input: SetCurrentKeyInput): Promise<boolean> {
  const keys = await withTenant(context.tenant.id, (db) => db.key.findMany({ select: { mode: true, origin: true } }));
  if (isBeforeFirstChoice(keys)) return false;
  if (!input.password) {
    const message = "Type your login password again: changing the key of later backups needs it.";
    throw new InvalidInputError(message, [{ path: "password", message }], { code: "wrong-password" });
  }
  await requireProof(context, { password: input.password });
  return true;
}

/** One change of keys at a time in a tenant, so that exactly one is current. */
async function waitForOtherChanges(db: Transaction): Promise<void> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('keys:' || current_tenant(), 0))`;
}

async function createKey(db: Transaction, input: SetCurrentKeyInput, passphraseKey: PassphraseKey | null): Promise<KeyRow> {
  const hint = input.hint || null;
  const recoveryRecipients = [...new Set(input.recoveryRecipients ?? [])];
  if (passphraseKey) {
    const challenge = await newChallenge(passphraseKey.recipient);
    return db.key.create({ data: { id: newId("key"), mode: "passphrase", ...passphraseKey, ...challenge, hint, recoveryRecipients } });
  }
  if (modeOf(input) === "managed") return createManagedKey(db, { hint, recoveryRecipients });
  return db.key.create({ data: { id: newId("key"), mode: "off", fingerprint: "", recoveryRecipients: [] } });
}
