import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";

/** DER around a raw Ed25519 key (RFC 8410): what node:crypto wants instead of 32 bytes. */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

const KEY_BYTES = 32;

/** A new Ed25519 key pair: the 32-byte seed, and the raw 32-byte public half in base64. */
export function generateSigningKey(): { seed: Buffer; publicKey: string } {
  const seed = generateKeyPairSync("ed25519").privateKey.export({ format: "der", type: "pkcs8" }).subarray(-KEY_BYTES);
  return { seed, publicKey: signingPublicKeyOf(seed) };
}

/** The raw public half of a seed, in base64. */
export function signingPublicKeyOf(seed: Buffer): string {
  return createPublicKey(privateKey(seed)).export({ format: "der", type: "spki" }).subarray(-KEY_BYTES).toString("base64");
}

/** The Ed25519 signature (RFC 8032) of `message`, in base64. */
export function signMessage(seed: Buffer, message: Buffer): string {
  return sign(null, message, privateKey(seed)).toString("base64");
}

/** Whether `signature` (base64) is that of `message` under a raw public key (base64). False for a key that is none. */
export function verifyMessage(publicKey: string, message: Buffer, signature: string): boolean {
  const raw = Buffer.from(publicKey, "base64");
  if (raw.length !== KEY_BYTES) return false;
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: "der", type: "spki" });
  return verify(null, message, key, Buffer.from(signature, "base64"));
}

function privateKey(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
}
