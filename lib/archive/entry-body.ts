import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import { shown } from "#lib/archive/entry-paths.ts";
import type { TarEntry } from "#lib/archive/tar-reader.ts";

/** The body of one entry as a stream, hashed on its way, whether somebody reads all of it or not. */
export class EntryBody {
  readonly stream: Readable;
  readonly #entry: TarEntry;
  readonly #expectedSha256: string | null;
  readonly #hash = createHash("sha256");
  #last: Promise<Buffer | null> = Promise.resolve(null);
  #error: Error | null = null;
  #sha256: string | null = null;

  /** With `expectedSha256`, the stream fails at its end unless the hash is that one. */
  constructor(entry: TarEntry, expectedSha256: string | null) {
    this.#entry = entry;
    this.#expectedSha256 = expectedSha256;
    this.stream = Readable.from(this.#pieces(), { objectMode: false });
    // The walk reports it after this entry; without a listener it would end the process.
    this.stream.on("error", () => undefined);
  }

  /** Reads what nobody took, and gives the SHA-256 (hex) of the whole. Throws what the stream failed with. */
  async settle(): Promise<string> {
    if (this.stream.readableFlowing === true && !this.stream.destroyed) await finished(this.stream).catch(() => undefined);
    this.stream.destroy();
    while ((await this.#pull()) !== null);
    return this.#sha256 ?? "";
  }

  async *#pieces(): AsyncGenerator<Buffer> {
    for (let piece = await this.#pull(); piece !== null; piece = await this.#pull()) yield piece;
  }

  /** One after another, also when the stream was left in the middle of a read. */
  #pull(): Promise<Buffer | null> {
    this.#last = this.#last.then(
      () => this.#take(),
      () => this.#take(),
    );
    return this.#last;
  }

  async #take(): Promise<Buffer | null> {
    if (this.#error !== null) throw this.#error;
    if (this.#sha256 !== null) return null;
    try {
      const piece = await this.#entry.read();
      if (piece === null) this.#finish();
      else this.#hash.update(piece);
      return piece;
    } catch (error) {
      this.#error = error instanceof Error ? error : new Error(String(error));
      throw this.#error;
    }
  }

  #finish(): void {
    this.#sha256 = this.#hash.digest("hex");
    if (this.#expectedSha256 === null || this.#expectedSha256 === this.#sha256) return;
    throw new ArchiveError("invalid-archive", `“${shown(this.#entry.name)}” is not what the archive's index says: its SHA-256 differs.`);
  }
}
