import { z } from "zod";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import { type Description, parseDescription } from "#lib/archive/manifest.ts";
import { verifyMessage } from "#lib/crypto/signature.ts";
import { hashOf } from "#lib/db/audit.ts";
import type { Signer } from "#lib/tenants/signing-key.ts";

/** A description is a page of text. */
export const MAX_DESCRIPTION_BYTES = 256 * 1024;

/** How many levels of a description may lie one inside another; its own fields are the first. Deeper ones would end the reader, not the reading. */
export const MAX_DESCRIPTION_LEVELS = 64;

/** Exactly what 32 and 64 bytes are in base64: a key is shown to people, who compare it and type it at a shell. */
const signatureSchema = z.object({
  algorithm: z.literal("ed25519"),
  publicKey: z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
  value: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
});

/**
 * The text of `<backup id>.json`: the description and `signature`, an Ed25519 signature (RFC 8032) of the SHA-256, in hexadecimal letters, of the
 * description's canonical JSON (keys sorted, no spaces). Whoever can write to the destination but has not the tenant's signing key cannot make one.
 */
export function signedDescription(description: Description, signer: Signer): string {
  const value = signer.sign(signedMessage(description));
  const signature = { algorithm: "ed25519", publicKey: signer.publicKey, value };
  return `${JSON.stringify({ ...description, signature }, null, 2)}\n`;
}

export interface ReadDescription {
  description: Description;
  /** Whose signature holds, as a raw public key in base64; null when there is none or it does not hold. Whether to trust that signer is another question. */
  signer: string | null;
}

/** Reads what lies beside an archive. Throws ArchiveError "newer-format" or "invalid-archive". */
export function readDescription(text: string): ReadDescription {
  const description = parseDescription(text);
  const { signature, ...signed } = JSON.parse(text) as Record<string, unknown>;
  if (isDeeperThan(MAX_DESCRIPTION_LEVELS, signed)) {
    throw new ArchiveError(
      "invalid-archive",
      `This is not a valid archive: the description is nested deeper than ${MAX_DESCRIPTION_LEVELS} levels.`,
    );
  }
  const found = signatureSchema.safeParse(signature);
  const holds = found.success && verifyMessage(found.data.publicKey, signedMessage(signed), found.data.value);
  return { description, signer: holds ? found.data.publicKey : null };
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}

/** Throws ArchiveError "not-the-recorded-archive" unless the text is signed by that signer. */
export function requireSignedBy(text: string, publicKey: string): Description {
  const { description, signer } = readDescription(text);
  if (signer === publicKey) return description;
  const who = signer === null ? "its signature does not hold" : "it is signed by somebody else";
  throw new ArchiveError("not-the-recorded-archive", `The description beside the archive was changed or swapped: ${who}.`);
}

/** Fields that this version does not know are signed too. */
function signedMessage(description: object): Buffer {
  return Buffer.from(hashOf({ ...description }));
}
