import { randomBytes } from "node:crypto";
import { decodeBech32, encodeBech32 } from "#lib/crypto/bech32.ts";
import { CryptoError } from "#lib/crypto/crypto-error.ts";
import { publicPoint, sharedSecret } from "#lib/crypto/x25519-stanza.ts";

const KEY_BYTES = 32;

/** Makes a key pair as age writes it: `identity` opens what is encrypted to `recipient`. */
export function generateIdentity(): { identity: string; recipient: string } {
  const secret = randomBytes(KEY_BYTES);
  return { identity: encodeBech32("age-secret-key-", secret).toUpperCase(), recipient: encodeRecipient(publicPoint(secret)) };
}

/** The recipient (`age1…`) that belongs to an identity (`AGE-SECRET-KEY-1…`). Throws CryptoError "invalid-identity". */
export function recipientOf(identity: string): string {
  return encodeRecipient(publicPoint(parseIdentity(identity)));
}

/** The 32 secret bytes of an identity. Throws CryptoError "invalid-identity". */
export function parseIdentity(identity: string): Buffer {
  const decoded = decodeBech32(identity);
  if (!identity.startsWith("AGE-SECRET-KEY-1") || decoded?.prefix !== "age-secret-key-" || decoded.bytes.length !== KEY_BYTES) {
    throw new CryptoError("invalid-identity", "This is not an age identity: one begins with AGE-SECRET-KEY-1 and must be copied whole.");
  }
  return decoded.bytes;
}

/**
 * The 32-byte public point of a recipient. Throws CryptoError "invalid-recipient" for anything but a native X25519 recipient,
 * and "low-order-point" for one that everybody could open.
 */
export function parseRecipient(recipient: string): Buffer {
  const point = decodeRecipient(recipient);
  sharedSecret(randomBytes(KEY_BYTES), point);
  return point;
}

/** The same for whoever wraps a file key for it, which finds a point of low order by itself. */
export function decodeRecipient(recipient: string): Buffer {
  const decoded = decodeBech32(recipient);
  if (recipient.startsWith("age1") && decoded?.prefix === "age" && decoded.bytes.length === KEY_BYTES) return decoded.bytes;
  throw new CryptoError(
    "invalid-recipient",
    "This is not an age recipient: one begins with age1, has 62 characters and must be copied whole.",
  );
}

function encodeRecipient(point: Buffer): string {
  return encodeBech32("age", point);
}
