import { Readable } from "node:stream";
import type { DestinationSession, PutOptions } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import { readAtMost } from "#lib/connectors/read-at-most.ts";

/** Stores a small object and reads it back. One that is there already with the same content is fine; throws DestinationError otherwise. */
export async function storeSmallObject(session: DestinationSession, key: string, content: Buffer, options: PutOptions = {}): Promise<void> {
  try {
    await session.put(key, Readable.from([content], { objectMode: false }), options);
  } catch (error) {
    if (!(error instanceof DestinationError && error.code === "exists")) throw error;
  }
  const stored = await readSmallObject(session, key, content.length + 1);
  if (stored?.equals(content)) return;
  throw new DestinationError(
    "failed",
    `“${key}” came back from the destination otherwise than it was stored; check what else writes there.`,
  );
}

/** The content of a small object, at most `maxBytes` of it, or null when there is none. Throws DestinationError "not-understood" when more is sent. */
export async function readSmallObject(session: DestinationSession, key: string, maxBytes: number): Promise<Buffer | null> {
  const found = await session.stat(key);
  if (!found) return null;
  const lengthBytes = Math.min(maxBytes, found.sizeBytes);
  return readAtMost(await session.get(key, { offsetBytes: 0, lengthBytes }), key, lengthBytes);
}
