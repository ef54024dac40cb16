import type { Readable } from "node:stream";

/** Cuts a stream into buffers of exactly `partBytes` bytes; the last may be shorter. An empty stream yields nothing. */
export async function* partsOf(body: Readable, partBytes: number): AsyncGenerator<Buffer, void, undefined> {
  let filled = 0;
  let part = Buffer.allocUnsafe(partBytes);
  for await (const data of body) {
    const chunk = typeof data === "string" ? Buffer.from(data) : (data as Buffer);
    for (let offset = 0; offset < chunk.length;) {
      const copied = chunk.copy(part, filled, offset);
      filled += copied;
      offset += copied;
      if (filled === partBytes) {
        yield part;
        // A new buffer each time: the one before is still being sent.
        part = Buffer.allocUnsafe(partBytes);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}
