import { createHash, timingSafeEqual } from "node:crypto";
import { armor } from "age-encryption";
import { ageDecrypt, ageEncrypt } from "#lib/crypto/age.ts";

/** A small age file to one recipient; who says what stands inside holds the identity. */
export interface Challenge {
  /** Armored, as `age -a` writes it; opens with `age -d -i`. */
  file: string;
  /** Hexadecimal SHA-256 of what stands inside: all that is kept of it. */
  sha256: string;
}

/** Seals a phrase to a recipient. Throws CryptoError "invalid-recipient". */
export async function sealChallenge(phrase: string, recipient: string): Promise<Challenge> {
  const file = armor.encode(await ageEncrypt(Buffer.from(`${phrase}\n`), [recipient]));
  return { file, sha256: hashOf(phrase) };
}

/** What stands inside, opened with the identity. Throws CryptoError "no-match" for another identity. */
export async function openChallenge(file: string, identity: string): Promise<string> {
  return (await ageDecrypt(Buffer.from(armor.decode(file)), identity)).toString().trim();
}

/** Whether that is what stands inside; white space around it does not count. */
export function isAnswer(answer: string, sha256: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(answer.trim())), Buffer.from(sha256));
}

function hashOf(phrase: string): string {
  return createHash("sha256").update(phrase).digest("hex");
}
