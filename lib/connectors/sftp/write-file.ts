import type { Readable } from "node:stream";
import type { SftpClient } from "#lib/connectors/sftp/client.ts";

const CHUNK_BYTES = 32 * 1024;
const CHUNKS_IN_FLIGHT = 64;

/**
 * Writes a new file, durably where the server can, and resolves to its size in bytes; at most 2 MiB are in flight. A file that was begun stays when it
 * fails.
 */
export async function writeNewFile(client: SftpClient, path: string, body: Readable): Promise<number> {
  const handle = await client.open(path, "wx");
  const pending: Promise<void>[] = [];
  let position = 0;
  try {
    for await (const chunk of chunksOf(body)) {
      const written = client.write(handle, chunk, position, path);
      written.catch(() => undefined);
      pending.push(written);
      position += chunk.length;
      if (pending.length >= CHUNKS_IN_FLIGHT) await pending.shift();
    }
    await Promise.all(pending);
    await client.fsync(handle, path);
  } catch (error) {
    await Promise.allSettled(pending);
    await client.close(handle, path).catch(() => undefined);
    throw error;
  }
  // Some servers tell of a full disk only here.
  await client.close(handle, path);
  return position;
}

/** Full chunks, whatever pieces the stream comes in: each is a request, and a remainder of a few bytes would cost as much as a full one. */
async function* chunksOf(body: Readable): AsyncGenerator<Buffer, void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const data of body as AsyncIterable<Buffer | string>) {
    let piece = typeof data === "string" ? Buffer.from(data) : data;
    if (rest.length > 0) {
      const missing = CHUNK_BYTES - rest.length;
      rest = Buffer.concat([rest, piece.subarray(0, missing)]);
      piece = piece.subarray(missing);
      if (rest.length < CHUNK_BYTES) continue;
      yield rest;
    }
    const whole = piece.length - (piece.length % CHUNK_BYTES);
    for (let offset = 0; offset < whole; offset += CHUNK_BYTES) yield piece.subarray(offset, offset + CHUNK_BYTES);
    rest = piece.subarray(whole);
  }
  if (rest.length > 0) yield rest;
}
