/** Base64 without padding (RFC 4648, section 4), as age headers use it. */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}

/**
 * Decodes base64 without padding and accepts the canonical form only: no padding, no whitespace, no stray last bits.
 * Returns null for anything else.
 */
export function decodeBase64(text: string): Buffer | null {
  if (!/^[A-Za-z0-9+/]*$/.test(text)) return null;
  const bytes = Buffer.from(text, "base64");
  return encodeBase64(bytes) === text ? bytes : null;
}
