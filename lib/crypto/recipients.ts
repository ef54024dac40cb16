import { randomBytes } from "node:crypto";
import { CryptoError } from "#lib/crypto/crypto-error.ts";
import { formatHeader, parseHeader, verifyHeaderMac } from "#lib/crypto/header.ts";
import type { Header } from "#lib/crypto/header.ts";
import { decodeRecipient, parseIdentity } from "#lib/crypto/identity.ts";
import { unwrapFileKey, wrapFileKey } from "#lib/crypto/x25519-stanza.ts";

/** What a header was made of. Kept in memory only, until the stored header has been proven to be the same. */
export interface HeaderParts {
  fileKey: Buffer;
  /** `age1…`, in the order of the stanzas. */
  recipients: readonly string[];
  /** One 32-byte X25519 secret for each recipient. */
  ephemerals: readonly Buffer[];
}

/** 16 random bytes: the key of one file (C2SP age.md, "File key"). */
export function createFileKey(): Buffer {
  return randomBytes(16);
}

/**
 * Wraps a file key for each recipient. `ephemerals` come back so that read-back can make the stanzas again; they are as secret as the file key.
 * Throws CryptoError "invalid-recipient" or "low-order-point".
 */
export function encryptHeader(parts: { fileKey: Buffer; recipients: readonly string[]; ephemerals?: readonly Buffer[] }): {
  header: Buffer;
  ephemerals: readonly Buffer[];
} {
  if (parts.recipients.length === 0) throw new CryptoError("invalid-recipient", "There must be at least one recipient to encrypt to.");
  const ephemerals = parts.ephemerals ?? parts.recipients.map(() => randomBytes(32));
  const stanzas = parts.recipients.map((recipient, index) => {
    const ephemeral = ephemerals[index];
    if (ephemeral === undefined) throw new CryptoError("header-mismatch", "There is not one ephemeral secret for each recipient.");
    return wrapFileKey(parts.fileKey, decodeRecipient(recipient), ephemeral);
  });
  return { header: formatHeader(stanzas, parts.fileKey), ephemerals };
}

/**
 * Proves that a stored header is wrapped for exactly these recipients, without any identity: each stanza is made again from its
 * ephemeral secret and compared. Throws CryptoError "header" when it does not parse, "header-mismatch" when it differs, naming the recipient.
 */
export function verifyHeader(header: Buffer, parts: HeaderParts): void {
  const { stanzas } = parseHeader(header);
  if (stanzas.length !== parts.recipients.length) {
    throw new CryptoError("header-mismatch", `The stored header names ${stanzas.length} recipients instead of ${parts.recipients.length}.`);
  }
  const expected = encryptHeader(parts).header;
  const wanted = parseHeader(expected).stanzas;
  for (const [index, recipient] of parts.recipients.entries()) {
    const [stored, made] = [stanzas[index], wanted[index]];
    if (stored !== undefined && made !== undefined && stored.args.join(" ") === made.args.join(" ") && stored.body.equals(made.body))
      continue;
    throw new CryptoError("header-mismatch", `The stored header is not wrapped for the recipient ${recipient}.`);
  }
  if (!expected.equals(header)) throw new CryptoError("header-mismatch", "The stored header is not the one that was written.");
}

/**
 * Takes the file key out of a header with an identity (`AGE-SECRET-KEY-1…`) and checks the header's MAC.
 * Throws CryptoError "header", "header-mac", "low-order-point", "invalid-identity", or "no-match" when the file is for another key.
 */
export function fileKeyFromHeader(header: Buffer, identity: string): Buffer {
  const parsed = parseHeader(header);
  refuseMixedPassphrase(parsed);
  const secret = parseIdentity(identity);
  for (const stanza of parsed.stanzas) {
    const fileKey = stanza.type === "X25519" ? unwrapFileKey(stanza, secret) : null;
    if (fileKey === null) continue;
    verifyHeaderMac(parsed, fileKey);
    return fileKey;
  }
  throw new CryptoError("no-match", "This file is encrypted to another key.");
}

/** A passphrase stanza must stand alone, so that who knows the passphrase knows that nobody else can have written the file. */
function refuseMixedPassphrase(header: Header): void {
  if (header.stanzas.length === 1 || header.stanzas.every((stanza) => stanza.type !== "scrypt")) return;
  throw new CryptoError("header", "This is not a readable age file: its header mixes a passphrase with other recipients.");
}
