/** Takes bytes from a stream in the amounts that the reader asks for. Holds one piece of the stream, and what `exactly` gathers. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** At least one and at most `maxBytes` bytes, or null at the end. */
  async some(maxBytes: number): Promise<Buffer | null> {
    while (this.#held.length === 0) {
      const step = await this.#source.next();
      if (step.done === true) return null;
      this.#held = step.value;
    }
    const piece = this.#held.subarray(0, maxBytes);
    this.#held = this.#held.subarray(piece.length);
    return piece;
  }

  /** Exactly `sizeBytes` bytes, or null when the stream ends before. */
  async exactly(sizeBytes: number): Promise<Buffer | null> {
    const bytes = await this.upTo(sizeBytes);
    return bytes.length === sizeBytes ? bytes : null;
  }

  /** As many as there are, and at most `maxBytes`. */
  async upTo(maxBytes: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let left = maxBytes; left > 0;) {
      const piece = await this.some(left);
      if (piece === null) break;
      pieces.push(piece);
      left -= piece.length;
    }
    return joined(pieces);
  }

  /** Stops the stream. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

/** The pieces as one: without a copy where they are neighbours in memory, which those cut from one piece of the stream are. */
export function joined(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces;
  if (first === undefined) return Buffer.alloc(0);
  let end = first.byteOffset;
  for (const piece of pieces) {
    if (piece.buffer !== first.buffer || piece.byteOffset !== end) return Buffer.concat(pieces);
    end += piece.length;
  }
  return Buffer.from(first.buffer, first.byteOffset, end - first.byteOffset);
}
