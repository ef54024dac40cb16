import { constants, createZstdDecompress } from "node:zlib";
import { damaged } from "#lib/archive/zstd-frame.ts";

/** 128 MiB: what a frame may make its reader remember, and the most that `zstd -d` takes without being asked. */
const MAX_WINDOW_LOG = 27;

export const DECODER_PARAMS = { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG };

/**
 * Decompresses zstd frames of any kind one after another, to the last byte: Node's own stream leaves whatever follows a frame within the same piece
 * of input unread, and says nothing. Throws ArchiveError "invalid-archive" when the data is damaged, cut short, or followed by something else.
 */
export async function* decompressStream(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const input = source[Symbol.asyncIterator]();
  let next = await take(input);
  while (next !== null) next = yield* decompressFrames(input, next);
}

/** Decompresses until a frame ends in the middle of a piece, and returns the rest of that piece; or until the end, and returns null. */
async function* decompressFrames(input: AsyncIterator<Buffer>, first: Buffer): AsyncGenerator<Buffer, Buffer | null> {
  const decoder = createZstdDecompress({ params: DECODER_PARAMS });
  let givenBytes = 0;
  let piece = first;
  const feed = async (): Promise<void> => {
    for (let next: Buffer | null = first; next !== null; next = await take(input)) {
      piece = next;
      givenBytes += piece.length;
      await new Promise<void>((resolve) => decoder.write(piece, () => resolve()));
      if (decoder.bytesWritten < givenBytes) return;
    }
    decoder.end();
  };
  const feeding = feed().catch((error: unknown) => void decoder.destroy(error instanceof Error ? error : new Error(String(error))));
  try {
    for await (const plain of decoder) yield plain as Buffer;
  } catch (error) {
    throw isZstdError(error) ? damaged(error) : error;
  } finally {
    decoder.destroy();
  }
  await feeding;
  const unreadBytes = givenBytes - decoder.bytesWritten;
  return unreadBytes === 0 ? null : piece.subarray(piece.length - unreadBytes);
}

async function take(input: AsyncIterator<Buffer>): Promise<Buffer | null> {
  for (;;) {
    const step = await input.next();
    if (step.done === true) return null;
    if (step.value.length > 0) return step.value;
  }
}

/** The decoder's own errors have codes like Z_BUF_ERROR and ZSTD_error_prefix_unknown; others are the input's. */
export function isZstdError(error: unknown): boolean {
  return error instanceof Error && "code" in error && /^Z(STD)?_/.test(String(error.code));
}
