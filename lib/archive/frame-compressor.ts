import { constants, createZstdCompress } from "node:zlib";
import type { ZstdCompress, ZstdOptions } from "node:zlib";

/** What one frame holds: large enough to lose nothing to the cut, small enough for several to be in memory. */
export const FRAME_PLAIN_BYTES = 512 * 1024;

/**
 * Compresses blocks of at most FRAME_PLAIN_BYTES to a zstd frame each, with its size and a checksum, one after another on a thread of libuv's.
 * One that is used again and again costs a third less than `zstdCompress` for each: an encoder is megabytes of memory, which the collector counts.
 */
export class FrameCompressor {
  readonly level: number;
  readonly #encoder: ZstdCompress;

  /** `level` is zstd's, 1 to 19. */
  constructor(level: number) {
    this.level = level;
    const options: ZstdOptions & { readableHighWaterMark: number } = {
      params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
      // Each write is a frame of its own.
      flush: constants.ZSTD_e_end,
      chunkSize: FRAME_PLAIN_BYTES,
      // Room for the whole of it, so that nobody has to read while it is written.
      readableHighWaterMark: 2 * FRAME_PLAIN_BYTES,
    };
    this.#encoder = createZstdCompress(options);
  }

  /** Must come to its end before the next; `block` may be used again then. */
  compress(block: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#encoder.write(block, (error) => {
        const frame: unknown = error ? null : this.#encoder.read();
        if (Buffer.isBuffer(frame)) resolve(frame);
        else reject(error ?? new Error("zstd gave no frame."));
      });
    });
  }

  close(): void {
    this.#encoder.destroy();
  }
}
