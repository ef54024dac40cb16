import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import { ByteReader } from "#lib/archive/byte-reader.ts";
import { passed } from "#lib/archive/collector.ts";
import { FRAME_PLAIN_BYTES, FrameCompressor } from "#lib/archive/frame-compressor.ts";
import { inOrder } from "#lib/archive/in-order.ts";
import { damaged, readFrame } from "#lib/archive/zstd-frame.ts";
import type { ShortFrame } from "#lib/archive/zstd-frame.ts";
import { decompressStream, DECODER_PARAMS, isZstdError } from "#lib/archive/zstd-stream.ts";

/** One of libuv's four threads is left for files and names, or each of their small jobs would wait for a frame. */
const FRAMES_AT_ONCE = Math.min(Math.max(availableParallelism(), 2), 3);

const decompressFrame = promisify(zstdDecompress);

/** Configurations are small, and stay so for years: these get zstd's usual level. */
const CAREFUL_BYTES = 32 * 1024 * 1024;
const CAREFUL_LEVEL = 3;
/** What is large gets the one that costs a third less and leaves about as much (docs/decisions/0033-archive-speed.md). */
const QUICK_LEVEL = 1;

/** Compresses to zstd frames (RFC 8878) of 512 KiB of content each, several at once. What is given out is one frame each time. */
export async function* compress(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const lanes = new Lanes();
  try {
    yield* inOrder(lanes.blocks(source), (block) => lanes.compress(block), FRAMES_AT_ONCE);
  } finally {
    lanes.close();
  }
}

/** Encoders and the blocks that they work on. Both are used again and again: fresh memory would keep the collector busy. */
class Lanes {
  readonly #idle: FrameCompressor[] = [];
  readonly #spare: Buffer[] = [];
  #startedBytes = 0;

  /** Gathers pieces to blocks of one frame's content. */
  async *blocks(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let block = this.#block();
    let filledBytes = 0;
    for await (const data of source) {
      for (let offset = 0; offset < data.length;) {
        const copiedBytes = data.copy(block, filledBytes, offset);
        offset += copiedBytes;
        filledBytes += copiedBytes;
        if (filledBytes < FRAME_PLAIN_BYTES) continue;
        yield block;
        block = this.#block();
        filledBytes = 0;
      }
    }
    if (filledBytes > 0) yield block.subarray(0, filledBytes);
  }

  async compress(block: Buffer): Promise<Buffer> {
    const encoder = this.#encoder(this.#startedBytes < CAREFUL_BYTES ? CAREFUL_LEVEL : QUICK_LEVEL);
    this.#startedBytes += block.length;
    const frame = await encoder.compress(block);
    passed(block.length);
    this.#idle.push(encoder);
    if (block.length === FRAME_PLAIN_BYTES) this.#spare.push(block);
    return frame;
  }

  close(): void {
    for (const encoder of this.#idle) encoder.close();
  }

  #encoder(level: number): FrameCompressor {
    const idle = this.#idle.pop();
    if (idle?.level === level) return idle;
    idle?.close();
    return new FrameCompressor(level);
  }

  #block(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(FRAME_PLAIN_BYTES);
  }
}

/**
 * Decompresses one or more zstd frames, to the last byte. Frames that say that they are short, as compress makes them, are decompressed several at
 * once; from the first other one on, the rest goes through one decoder, so that any zstd file is read and memory stays bounded.
 * Throws ArchiveError "invalid-archive" when the data is damaged, cut short, or followed by something else.
 */
export async function* decompress(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const input = new ByteReader(source);
  const frames = new ShortFrames(input);
  try {
    yield* inOrder(frames.all(), decompressShort, FRAMES_AT_ONCE);
    if (frames.other !== null) yield* decompressStream(afterwards(frames.other, input));
  } finally {
    await input.close();
  }
}

/** The short frames at the beginning of the input; then `other` is what was read of one that is not, or null at the end of the input. */
class ShortFrames {
  readonly #input: ByteReader;
  other: Buffer | null = null;

  constructor(input: ByteReader) {
    this.#input = input;
  }

  async *all(): AsyncGenerator<ShortFrame> {
    for (let isFirst = true; ; isFirst = false) {
      const frame = await readFrame(this.#input);
      if (frame === null && isFirst) throw new ArchiveError("invalid-archive", "This is not a valid archive: it is empty.");
      if (frame === null) return;
      if (frame.kind === "other") {
        this.other = frame.bytes;
        return;
      }
      yield frame;
    }
  }
}

async function decompressShort({ bytes, plainBytes }: ShortFrame): Promise<Buffer> {
  passed(plainBytes);
  try {
    // A little more room than it needs: output that fills all of it makes Node go and ask for the rest.
    return await decompressFrame(bytes, { chunkSize: plainBytes + 64, params: DECODER_PARAMS });
  } catch (error) {
    throw isZstdError(error) ? damaged(error) : error;
  }
}

async function* afterwards(first: Buffer, input: ByteReader): AsyncGenerator<Buffer> {
  for (let piece: Buffer | null = first; piece !== null; piece = await input.some(FRAME_PLAIN_BYTES)) yield piece;
}
