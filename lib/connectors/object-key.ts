import { randomUUID } from "node:crypto";
import { DestinationError } from "#lib/connectors/errors.ts";

/** Beginning of the name of an unfinished file; no key may have a part that begins so. */
export const UNFINISHED_PREFIX = ".upload-";

/** A name for an unfinished file that no other has. */
export function unfinishedName(): string {
  return `${UNFINISHED_PREFIX}${randomUUID()}`;
}

const MAX_KEY_BYTES = 900;
const MAX_PART_BYTES = 255;
const CONTROL = /\p{Cc}/u;

/**
 * Throws DestinationError "invalid-key" unless `key` is relative, has "/" between non-empty parts, no "." or "..", no control
 * characters, no halves of characters (which UTF-8 cannot write) and lengths that every destination takes (255 bytes a part, 900 in all, so that a prefix still fits S3's 1024).
 */
export function assertObjectKey(key: string): void {
  const parts = key.split("/");
  const bad =
    CONTROL.test(key) ||
    !key.isWellFormed() ||
    Buffer.byteLength(key) > MAX_KEY_BYTES ||
    parts.some(
      (part) =>
        part === "" || part === "." || part === ".." || part.startsWith(UNFINISHED_PREFIX) || Buffer.byteLength(part) > MAX_PART_BYTES,
    );
  if (bad) throw new DestinationError("invalid-key", `${JSON.stringify(key)} cannot be the name of an object.`);
}
