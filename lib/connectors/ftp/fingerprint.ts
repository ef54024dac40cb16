import { timingSafeEqual } from "node:crypto";

const HEX_BYTES = /^(?:SHA-?256[:=\s]\s*)?([0-9A-F]{2}(?::?[0-9A-F]{2}){31})$/i;

/** The 32 bytes of a SHA-256 fingerprint as openssl or a browser shows it, or null when `text` is none. */
export function parseFingerprint(text: string): Buffer | null {
  const hex = HEX_BYTES.exec(text.trim())?.[1];
  return hex === undefined ? null : Buffer.from(hex.replaceAll(":", ""), "hex");
}

/** Whether two texts show the same fingerprint; false when one of them is none. */
export function sameFingerprint(one: string, other: string): boolean {
  const [a, b] = [parseFingerprint(one), parseFingerprint(other)];
  return a !== null && b !== null && timingSafeEqual(a, b);
}
