import type { Readable } from "node:stream";
import type { SftpClient } from "#lib/connectors/sftp/client.ts";

const CHUNK_BYTES = 32 * 1024;
const CHUNKS_IN_FLIGHT = 64;

/** Writes a new file, durably where the server can; at most 2 MiB are in flight. A file that was begun stays when it fails. */
export async function writeNewFile(client: SftpClient, path: string, body: Readable): Promise<void> {
  const handle = await client.open(path, "wx");
  const pending: Promise<void>[] = [];
  try {
    let position = 0;
    for await (const data of body as AsyncIterable<Buffer>) {
      for (let offset = 0; offset < data.length; offset += CHUNK_BYTES) {
        const chunk = data.subarray(offset, offset + CHUNK_BYTES);
        const written = client.write(handle, chunk, position, path);
        written.catch(() => undefined);
        pending.push(written);
        position += chunk.length;
        if (pending.length >= CHUNKS_IN_FLIGHT) await pending.shift();
      }
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
}
