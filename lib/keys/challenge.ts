import { generatePassphrase } from "#lib/auth/passphrase-strength.ts";
import { sealChallenge } from "#lib/crypto/challenge.ts";
import type { Transaction } from "#lib/db/client.ts";
import { ConflictError } from "#lib/errors.ts";
import type { KeyRow } from "#lib/keys/current-key.ts";

interface ChallengeColumns {
  challenge: string;
  challengeSha256: string;
}

/** A fresh challenge to a key's own recipient: a random phrase in a small age file, of which only the SHA-256 is kept. */
export async function newChallenge(recipient: string): Promise<ChallengeColumns> {
  const { file, sha256 } = await sealChallenge(generatePassphrase(), recipient);
  return { challenge: file, challengeSha256: sha256 };
}

/** The key's challenge, which is made when it is first asked for. Throws ConflictError where there is nothing to prove yet. */
export async function ensureChallenge(db: Transaction, key: KeyRow): Promise<ChallengeColumns> {
  if (key.challenge !== null && key.challengeSha256 !== null) return { challenge: key.challenge, challengeSha256: key.challengeSha256 };
  await db.key.updateMany({ where: { id: key.id, challenge: null }, data: await newChallenge(recipientToProve(key)) });
  const { challenge, challengeSha256 } = await db.key.findUniqueOrThrow({ where: { id: key.id } });
  if (challenge === null || challengeSha256 === null) throw new Error(`The key ${key.id} has no challenge.`);
  return { challenge, challengeSha256 };
}

/** Throws ConflictError "no-key-file" with mode off, and "key-not-opened" for a key that was found in a destination and not opened yet. */
export function recipientToProve(key: Pick<KeyRow, "mode" | "recipient" | "fingerprint">): string {
  if (key.recipient !== null) return key.recipient;
  if (key.mode === "off") throw new ConflictError("Backups of this time are not encrypted, so there is no key to prove.", "no-key-file");
  throw new ConflictError(
    `This key (${key.fingerprint}) was found in a destination, and nobody has opened it here yet. Bring its passphrase or its key file on the page “Keys”.`,
    "key-not-opened",
  );
}
