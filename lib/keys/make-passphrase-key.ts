import type { Context } from "#lib/auth/context.ts";
import { hintRevealsPassphrase, judgePassphrase } from "#lib/auth/passphrase-strength.ts";
import { CryptoError } from "#lib/crypto/crypto-error.ts";
import { generateIdentity, parseRecipient, recipientOf } from "#lib/crypto/identity.ts";
import { fingerprintOf } from "#lib/crypto/keyring.ts";
import { openKeyFile, protectIdentity } from "#lib/crypto/passphrase.ts";
import { InvalidInputError } from "#lib/errors.ts";

export interface PassphraseKey {
  recipient: string;
  fingerprint: string;
  /** Armored age file: the identity under the passphrase. */
  protectedIdentity: string;
  /** When the passphrase was seen to open it. */
  provenAt: Date;
  /** What stands inside beside the identity: whose descriptions to believe. */
  signingPublicKey: string;
}

/** Makes a key under a passphrase and proves that the passphrase opens it, before anything is encrypted to it. */
export async function makePassphraseKey(passphrase: string, signingKey: string): Promise<PassphraseKey> {
  const { identity, recipient } = generateIdentity();
  const protectedIdentity = await protectAndProve({ identity, recipient, signingKey }, passphrase);
  const proof = { provenAt: new Date(), signingPublicKey: signingKey };
  return { recipient, fingerprint: fingerprintOf(recipient), protectedIdentity, ...proof };
}

/** An identity's armored key file under a passphrase, which was seen to open it. Takes two turns of scrypt. */
export async function protectAndProve(
  { identity, recipient, signingKey, createdAt }: { identity: string; recipient: string; signingKey: string; createdAt?: Date },
  passphrase: string,
): Promise<string> {
  const file = await protectIdentity(identity, recipient, passphrase, { signingKey, ...(createdAt && { createdAt }) });
  const opened = await openKeyFile(file, passphrase);
  if (recipientOf(opened.identity) !== recipient || opened.signingKey !== signingKey) {
    throw new Error("A new key file did not open to its own key.");
  }
  return file.toString();
}

/** Throws InvalidInputError "weak-passphrase" at the field's `path`, or one at "hint" when the hint gives the passphrase away. */
export async function requireGoodPassphrase(
  context: Context,
  passphrase: string,
  hint: string,
  path: "passphrase" | "newPassphrase" = "passphrase",
): Promise<void> {
  if (/\p{Cc}/u.test(passphrase) || !passphrase.isWellFormed()) {
    throw refusal(path, "The passphrase holds a character that cannot be typed, such as a tab or a line break. Remove it.");
  }
  if (hint !== "" && hintRevealsPassphrase(hint, passphrase)) {
    throw refusal("hint", "The hint gives away part of the passphrase: choose a hint that shares no word with it.");
  }
  const known = [context.tenant.name, context.tenant.slug, context.actor.name, context.actor.email];
  const judgement = await judgePassphrase(passphrase, { hint, known });
  if (!judgement.ok) throw refusal(path, judgement.sentence);
}

/** Throws InvalidInputError beside the recipient that nothing can be encrypted to, or that everybody could open. */
export function requireUsableRecipients(recipients: readonly string[]): void {
  for (const [index, recipient] of recipients.entries()) {
    try {
      parseRecipient(recipient);
    } catch (error) {
      if (!(error instanceof CryptoError)) throw error;
      throw new InvalidInputError(error.message, [{ path: `recoveryRecipients.${index}`, message: error.message }]);
    }
  }
}

function refusal(path: "passphrase" | "newPassphrase" | "hint", message: string): InvalidInputError {
  return new InvalidInputError(message, [{ path, message }], { code: "weak-passphrase" });
}
