import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import type { Description } from "#lib/archive/manifest.ts";
import { deriveSecret } from "#lib/crypto/data-key.ts";
import { hashOf } from "#lib/db/audit.ts";
import { masterKey } from "#lib/installation.ts";

/** DER around a raw Ed25519 seed (RFC 8410). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * The bytes of `<backup id>.json`: the description and `signature`, an Ed25519 signature (RFC 8032) of the SHA-256, in hexadecimal letters, of the
 * description's canonical JSON (keys sorted, no spaces). Whoever can write to the destination but not read the master key cannot make one.
 */
export function signedDescription(description: Description): Buffer {
  const seed = deriveSecret(masterKey(), "sign descriptions");
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(-32);
  const value = sign(null, Buffer.from(hashOf(description)), privateKey);
  const signature = { algorithm: "ed25519", publicKey: publicKey.toString("base64"), value: value.toString("base64") };
  return Buffer.from(`${JSON.stringify({ ...description, signature }, null, 2)}\n`);
}
