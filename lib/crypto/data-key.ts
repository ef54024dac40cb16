import { hkdfSync, randomBytes } from "node:crypto";
import { open, seal } from "#lib/crypto/sealed.ts";

const KEY_BYTES = 32;

/** A tenant's data key: 32 random bytes that seal its stored credentials. */
export function generateDataKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

/** Wraps a data key under the installation's master key (32 bytes), for this tenant only. */
export function wrapDataKey(masterKey: Buffer, dataKey: Buffer, tenantId: string): string {
  return seal(deriveSecret(masterKey, "wrap data keys"), dataKey, `data-key:${tenantId}`);
}

/** Opens what wrapDataKey made. Throws CryptoError "sealed" for another master key or tenant. */
export function unwrapDataKey(masterKey: Buffer, wrapped: string, tenantId: string): Buffer {
  return open(deriveSecret(masterKey, "wrap data keys"), wrapped, `data-key:${tenantId}`);
}

/**
 * A 32-byte secret for one purpose (a login role's password, the cookie's signature), from the master key by HKDF-SHA-256 (RFC 5869).
 * The same purpose gives the same secret; different purposes tell nothing about each other or the master key.
 */
export function deriveSecret(masterKey: Buffer, purpose: string): Buffer {
  if (masterKey.length !== KEY_BYTES) throw new RangeError(`The master key must have ${KEY_BYTES} bytes, not ${masterKey.length}.`);
  return Buffer.from(hkdfSync("sha256", masterKey, Buffer.alloc(0), `holdfast ${purpose}`, KEY_BYTES));
}
