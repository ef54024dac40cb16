const ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const CHECKSUM_LENGTH = 6;
const MAX_LENGTH = 90;

/** Bech32 text (BIP 173), lower case: `prefix` (lower case), "1", the bytes in base 32, a checksum. */
export function encodeBech32(prefix: string, bytes: Uint8Array): string {
  const words = regroup([...bytes], 8, 5, true) ?? [];
  const sum = polymod([...expandPrefix(prefix), ...words, 0, 0, 0, 0, 0, 0]) ^ 1;
  const checksum = Array.from({ length: CHECKSUM_LENGTH }, (_, index) => (sum >>> (5 * (5 - index))) & 31);
  return `${prefix}1${[...words, ...checksum].map((word) => ALPHABET.charAt(word)).join("")}`;
}

/** Reads Bech32 text of either case (never mixed). Returns null when it is malformed or its checksum fails. */
export function decodeBech32(text: string): { prefix: string; bytes: Buffer } | null {
  const lower = text.toLowerCase();
  if (text.length > MAX_LENGTH || (text !== lower && text !== text.toUpperCase())) return null;
  const separator = lower.lastIndexOf("1");
  if (separator < 1 || separator + 1 + CHECKSUM_LENGTH > lower.length) return null;
  const prefix = lower.slice(0, separator);
  if (!/^[\x21-\x7e]+$/.test(prefix)) return null;
  const words = [...lower.slice(separator + 1)].map((letter) => ALPHABET.indexOf(letter));
  if (words.includes(-1) || polymod([...expandPrefix(prefix), ...words]) !== 1) return null;
  const bytes = regroup(words.slice(0, -CHECKSUM_LENGTH), 5, 8, false);
  return bytes === null ? null : { prefix, bytes: Buffer.from(bytes) };
}

function expandPrefix(prefix: string): number[] {
  const codes = [...prefix].map((letter) => letter.charCodeAt(0));
  return [...codes.map((code) => code >>> 5), 0, ...codes.map((code) => code & 31)];
}

function polymod(words: number[]): number {
  let sum = 1;
  for (const word of words) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ word;
    for (const [bit, coefficient] of GENERATOR.entries()) {
      if ((top >>> bit) & 1) sum ^= coefficient;
    }
  }
  return sum >>> 0;
}

/** Regroups bits. Without `pad`, leftover bits must be zero and fewer than a group: else null. */
function regroup(values: number[], fromBits: number, toBits: number, pad: boolean): number[] | null {
  const groups: number[] = [];
  let bits = 0;
  let held = 0;
  for (const value of values) {
    held = ((held << fromBits) | value) & 0xfff;
    bits += fromBits;
    while (bits >= toBits) {
      bits -= toBits;
      groups.push((held >>> bits) & ((1 << toBits) - 1));
    }
  }
  const rest = held & ((1 << bits) - 1);
  if (pad) return bits === 0 ? groups : [...groups, rest << (toBits - bits)];
  return bits >= fromBits || rest !== 0 ? null : groups;
}
