import { createHash } from "node:crypto";
import { ageDecrypt, ageEncrypt } from "#lib/crypto/age.ts";
import { CryptoError } from "#lib/crypto/crypto-error.ts";

const FILE_KEY_BYTES = 16;

/** What tells two keys apart for people: the first 16 hexadecimal digits, upper case, of the SHA-256 of the recipient's text. */
export function fingerprintOf(recipient: string): string {
  return createHash("sha256").update(recipient).digest("hex").slice(0, 16).toUpperCase();
}

/** A fingerprint for narrow places: "7F3A…C2". */
export function shortFingerprint(fingerprint: string): string {
  return `${fingerprint.slice(0, 4)}…${fingerprint.slice(-2)}`;
}

/**
 * Hands one archive's file key to whichever worker takes the job: an age file, in base64, encrypted to each worker's key, which
 * that worker holds in memory only. `subject` (the restore's id) goes inside, so that a grant cannot be used for another job.
 */
export async function sealGrant(fileKey: Buffer, workerRecipients: readonly string[], subject: string): Promise<string> {
  return (await ageEncrypt(Buffer.concat([fileKey, Buffer.from(subject)]), workerRecipients)).toString("base64");
}

/**
 * Opens a grant with a worker's identity and gives back the file key.
 * Throws CryptoError "no-match" when it was given to other workers, "header-mismatch" when it is for another subject.
 */
export async function openGrant(grant: string, identity: string, subject: string): Promise<Buffer> {
  const plain = await ageDecrypt(Buffer.from(grant, "base64"), identity);
  if (plain.subarray(FILE_KEY_BYTES).toString() !== subject) {
    throw new CryptoError("header-mismatch", "This permission to open an archive was given for another job.");
  }
  return plain.subarray(0, FILE_KEY_BYTES);
}
