import type { Readable } from "node:stream";
import { DestinationError } from "#lib/connectors/errors.ts";

/** Reads a small object into memory, whatever its server sends. Throws DestinationError "not-understood" when that is more than `mostBytes`, and reads no further. */
export async function readAtMost(body: Readable, key: string, mostBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  // Leaving the loop destroys the stream.
  for await (const piece of body as AsyncIterable<Buffer>) {
    sizeBytes += piece.length;
    if (sizeBytes > mostBytes) throw sentTooMuch(key);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** What a server is told that sends more of an object than was asked for. */
export function sentTooMuch(key: string): DestinationError {
  return new DestinationError(
    "not-understood",
    `The server sent more of “${key}” than it was asked for, so nothing was read from it. Check what answers at this address.`,
  );
}
