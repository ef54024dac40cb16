import { createCipheriv, createDecipheriv, createPrivateKey, createPublicKey, diffieHellman, hkdfSync, type KeyObject } from "node:crypto";
import { encodeBase64, decodeBase64 } from "#lib/crypto/base64.ts";
import { CryptoError } from "#lib/crypto/crypto-error.ts";
import type { Stanza } from "#lib/crypto/header.ts";

const LABEL = "age-encryption.org/v1/X25519";
const POINT_BYTES = 32;
const FILE_KEY_BYTES = 16;
const TAG_BYTES = 16;
/** Each wrapping key is used once, so the nonce is fixed. */
const ZERO_NONCE = Buffer.alloc(12);
/** DER around a raw X25519 key (RFC 8410): what node:crypto wants instead of 32 bytes. */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");
const SPKI_PREFIX = Buffer.from("302a300506032b656e032100", "hex");

/**
 * Wraps a file key for one recipient: the X25519 stanza of the age v1 specification (C2SP age.md, "The X25519 recipient type").
 * `ephemeralSecret` is 32 fresh random bytes; the same three inputs give the same stanza, which is how a stored header is proven.
 * Throws CryptoError "low-order-point".
 */
export function wrapFileKey(fileKey: Buffer, recipientPoint: Buffer, ephemeralSecret: Buffer): Stanza {
  const ephemeral = privateKey(ephemeralSecret);
  const share = pointOf(ephemeral);
  const key = wrappingKey(agreed(ephemeral, recipientPoint), share, recipientPoint);
  const cipher = createCipheriv("chacha20-poly1305", key, ZERO_NONCE, { authTagLength: TAG_BYTES });
  const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
  return { type: "X25519", args: [encodeBase64(share)], body };
}

/**
 * Takes the file key out of an X25519 stanza, or returns null when the stanza is for somebody else.
 * Throws CryptoError "header" for a malformed stanza and "low-order-point" for a share that would make the key public.
 */
export function unwrapFileKey(stanza: Stanza, identitySecret: Buffer): Buffer | null {
  const [argument, ...more] = stanza.args;
  const share = argument === undefined || more.length > 0 ? null : decodeBase64(argument);
  if (share?.length !== POINT_BYTES) throw new CryptoError("header", "The age header holds an X25519 stanza with wrong arguments.");
  // A longer body could hide a second key behind the same tag (partitioning oracles), so the length comes before the cipher.
  if (stanza.body.length !== FILE_KEY_BYTES + TAG_BYTES) {
    throw new CryptoError("header", "The age header holds an X25519 stanza with a body of the wrong length.");
  }
  const key = wrappingKey(sharedSecret(identitySecret, share), share, publicPoint(identitySecret));
  const decipher = createDecipheriv("chacha20-poly1305", key, ZERO_NONCE, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(stanza.body.subarray(FILE_KEY_BYTES));
  const fileKey = decipher.update(stanza.body.subarray(0, FILE_KEY_BYTES));
  try {
    decipher.final();
  } catch {
    return null; // The tag does not fit: wrapped for another identity.
  }
  return fileKey;
}

/** The public point of a 32-byte X25519 secret. */
export function publicPoint(secret: Buffer): Buffer {
  return pointOf(privateKey(secret));
}

/** X25519 (RFC 7748). Throws CryptoError "low-order-point" when the result would be all zeros. */
export function sharedSecret(secret: Buffer, point: Buffer): Buffer {
  return agreed(privateKey(secret), point);
}

function pointOf(secret: KeyObject): Buffer {
  return createPublicKey(secret).export({ format: "der", type: "spki" }).subarray(SPKI_PREFIX.length);
}

function agreed(secret: KeyObject, point: Buffer): Buffer {
  try {
    const shared = diffieHellman({ privateKey: secret, publicKey: publicKey(point) });
    if (shared.some((byte) => byte !== 0)) return shared;
  } catch (error) {
    throw new CryptoError("low-order-point", "An X25519 public key of low order was refused.", { cause: error });
  }
  throw new CryptoError("low-order-point", "An X25519 public key of low order was refused.");
}

function wrappingKey(shared: Buffer, share: Buffer, recipientPoint: Buffer): Buffer {
  return Buffer.from(hkdfSync("sha256", shared, Buffer.concat([share, recipientPoint]), LABEL, 32));
}

function privateKey(secret: Buffer) {
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, secret]), format: "der", type: "pkcs8" });
}

function publicKey(point: Buffer) {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, point]), format: "der", type: "spki" });
}
