import type { Context } from "#lib/auth/context.ts";
import { beginPassphraseAttempt } from "#lib/auth/passphrase-attempts.ts";
import { isAnswer, openChallenge } from "#lib/crypto/challenge.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { ConflictError, InvalidInputError } from "#lib/errors.ts";
import { authenticateKey } from "#lib/keys/authenticate-key.ts";
import { ensureChallenge, newChallenge, recipientToProve } from "#lib/keys/challenge.ts";
import type { KeyRow } from "#lib/keys/current-key.ts";
import { keySchema, proveKeyInput } from "#lib/keys/schemas.ts";
import { getKeyOrThrow, toKey } from "#lib/keys/to-key.ts";
import { operation } from "#lib/operation.ts";

export const proveKey = operation({
  name: "proveKey",
  summary: "Proves that a key can still be opened: by its passphrase, or by what stands in its challenge.",
  http: { method: "POST", path: "/keys/{id}/proof" },
  permission: "backups.download",
  input: proveKeyInput,
  output: keySchema,
  audit: (result, input) => ({
    action: "key.proven",
    subjectKind: "key",
    subjectId: result.id,
    subjectLabel: result.fingerprint,
    detail: { by: input.answer === undefined ? "passphrase" : "challenge" },
  }),
  changes: ["keys"],
  prepare: async (context, { id, passphrase, answer }) => {
    const key = await withTenant(context.tenant.id, (db) => getKeyOrThrow(db, id));
    if (answer === undefined) await proveByPassphrase(context, key, passphrase);
    else await proveByAnswer(context, key, answer);
  },
  run: async (db, _context, { id }) => {
    const key = await getKeyOrThrow(db, id);
    // An answer serves once: the next proof has to open another file.
    const data = { provenAt: new Date(), ...(await newChallenge(recipientToProve(key))) };
    await db.key.updateMany({ where: { id }, data });
    return toKey(await getKeyOrThrow(db, id));
  },
});

/** Opens the key, and with it what was sealed to the recipient that backups are encrypted to. */
async function proveByPassphrase(context: Context, key: KeyRow, passphrase: string | undefined): Promise<void> {
  if (key.mode !== "passphrase") {
    throw new ConflictError(
      "This key has no passphrase. Open its challenge with the key file, and give what stands inside.",
      "no-passphrase",
    );
  }
  const { identity, recipient } = await authenticateKey(context, key, passphrase);
  const challenge = await withTenant(context.tenant.id, (db) => ensureChallenge(db, { ...key, recipient: key.recipient ?? recipient }));
  if (isAnswer(await openChallenge(challenge.challenge, identity), challenge.challengeSha256)) return;
  throw new Error(`The challenge of the key ${key.id} does not hold what was put into it.`);
}

/** Counted as passphrases are, so that nobody guesses long. */
async function proveByAnswer(context: Context, key: KeyRow, answer: string): Promise<void> {
  const { challengeSha256 } = await withTenant(context.tenant.id, (db) => ensureChallenge(db, key));
  const attempt = await beginPassphraseAttempt(context.actor.accountId, key.id);
  if (isAnswer(answer, challengeSha256)) return attempt.succeeded();
  const message = "This does not stand in the present challenge. Download it again, open it with the key file, and give what it says.";
  throw new InvalidInputError(message, [{ path: "answer", message }], { code: "wrong-answer" });
}
