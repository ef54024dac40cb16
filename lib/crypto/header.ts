import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { decodeBase64, encodeBase64 } from "#lib/crypto/base64.ts";
import { CryptoError } from "#lib/crypto/crypto-error.ts";

/** One wrapped copy of the file key, as a section of an age header. */
export interface Stanza {
  type: string;
  args: string[];
  body: Buffer;
}

export interface Header {
  stanzas: Stanza[];
  mac: Buffer;
  /** The bytes that the MAC covers: from the version line up to and including "---". */
  authenticated: Buffer;
}

/** Longest header that is read, in bytes; one of twenty X25519 recipients has about 2,000. */
export const MAX_HEADER_BYTES = 64 * 1024;

/** Most recipients of a header that is read. */
export const MAX_STANZAS = 100;
const VERSION_LINE = "age-encryption.org/v1";
const BODY_LINE_LETTERS = 64;
const MAC_BYTES = 32;

/**
 * Writes an age v1 header, MAC included (C2SP age.md, "Header").
 * `fileKey` keys the MAC; the stanzas are written in the order given.
 */
export function formatHeader(stanzas: Stanza[], fileKey: Buffer): Buffer {
  const lines = stanzas.flatMap((stanza) => [`-> ${[stanza.type, ...stanza.args].join(" ")}`, ...bodyLines(stanza.body)]);
  const authenticated = Buffer.from([VERSION_LINE, ...lines, "---"].join("\n"));
  return Buffer.concat([authenticated, Buffer.from(` ${encodeBase64(headerMac(fileKey, authenticated))}\n`)]);
}

/**
 * Reads an age v1 header exactly: from the version line to the newline after the MAC and not a byte more.
 * Throws CryptoError "header" for anything that the specification does not allow.
 */
export function parseHeader(bytes: Buffer): Header {
  if (bytes.length > MAX_HEADER_BYTES) throw malformed("is too long");
  const lines = bytes.toString("latin1").split("\n");
  if (lines.pop() !== "") throw malformed("ends in the middle of a line");
  const macLine = lines.pop();
  if (lines.shift() !== VERSION_LINE) throw malformed("does not begin with the version line of age v1");
  const mac = macLine?.startsWith("--- ") ? decodeBase64(macLine.slice(4)) : null;
  if (macLine === undefined || mac?.length !== MAC_BYTES) throw malformed("does not end with a MAC");
  const stanzas = parseStanzas(lines);
  return { stanzas, mac, authenticated: bytes.subarray(0, bytes.length - 1 - macLine.length + 3) };
}

/** Throws CryptoError "header-mac" unless the header was written by someone who knew the file key, and not changed since. */
export function verifyHeaderMac(header: Header, fileKey: Buffer): void {
  if (timingSafeEqual(headerMac(fileKey, header.authenticated), header.mac)) return;
  throw new CryptoError("header-mac", "The age header was changed after it was written.");
}

/** Length in bytes of the header that `bytes` begin with, or null when its end is not among them. Throws CryptoError "header" early. */
export function findHeaderEnd(bytes: Buffer): number | null {
  const start = bytes.subarray(0, VERSION_LINE.length + 1).toString("latin1");
  if (!`${VERSION_LINE}\n`.startsWith(start)) throw malformed("does not begin with the version line of age v1");
  // "---" can begin no other line: arguments begin with "->" and base64 has no "-".
  const macLine = bytes.indexOf("\n---");
  const end = macLine === -1 ? -1 : bytes.indexOf("\n", macLine + 1);
  if (end !== -1 && end < MAX_HEADER_BYTES) return end + 1;
  if (bytes.length > MAX_HEADER_BYTES) throw malformed(`is longer than ${MAX_HEADER_BYTES / 1024} KiB`);
  return null;
}

function parseStanzas(lines: string[]): Stanza[] {
  const stanzas: Stanza[] = [];
  for (let index = 0; index < lines.length;) {
    const [arrow, type, ...args] = (lines[index] ?? "").split(" ");
    if (arrow !== "->" || type === undefined || ![type, ...args].every(isArgument)) throw malformed("holds a malformed stanza");
    const body: Buffer[] = [];
    let last = false;
    for (index += 1; !last; index += 1) {
      const line = lines[index];
      const part = line === undefined || line.length > BODY_LINE_LETTERS ? null : decodeBase64(line);
      if (line === undefined || part === null) throw malformed("holds a stanza with a malformed body");
      body.push(part);
      last = line.length < BODY_LINE_LETTERS;
    }
    stanzas.push({ type, args, body: Buffer.concat(body) });
    if (stanzas.length > MAX_STANZAS) throw malformed(`names more than ${MAX_STANZAS} recipients`);
  }
  if (stanzas.length === 0) throw malformed("names no recipient");
  return stanzas;
}

/** Visible ASCII, at least one letter: the specification's "arbitrary string". */
function isArgument(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** Full lines of 64 letters and then one shorter line, which may be empty. */
function bodyLines(body: Buffer): string[] {
  const text = encodeBase64(body);
  const full = Math.floor(text.length / BODY_LINE_LETTERS);
  return Array.from({ length: full + 1 }, (_, line) => text.slice(line * BODY_LINE_LETTERS, (line + 1) * BODY_LINE_LETTERS));
}

function headerMac(fileKey: Buffer, authenticated: Buffer): Buffer {
  const key = Buffer.from(hkdfSync("sha256", fileKey, Buffer.alloc(0), "header", 32));
  return createHmac("sha256", key).update(authenticated).digest();
}

function malformed(what: string): CryptoError {
  return new CryptoError("header", `This is not a readable age file: its header ${what}.`);
}
