import { createHash } from "node:crypto";
import { addAbortSignal, pipeline, Transform } from "node:stream";
import type { Readable } from "node:stream";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import type { ReadLimits } from "#lib/archive/limits.ts";
import { decompress } from "#lib/archive/zstd.ts";
import { ageDecryptStream } from "#lib/crypto/age.ts";

export interface StoredTarOptions {
  /** Null for an archive that is not encrypted (mode "off"). */
  fileKey: Buffer | null;
  limits: ReadLimits;
  signal?: AbortSignal;
  /** Given the age header once its MAC was checked; what it throws fails the read. */
  onHeader?: (header: Buffer) => void;
}

/** The tar inside stored bytes: decrypts, decompresses, counts, and stops at the limits. */
export class StoredTar {
  readonly #hash = createHash("sha256");
  readonly #options: StoredTarOptions;
  readonly #stored: Readable;
  #last: Transform | null = null;
  storedBytes = 0;
  tarBytes = 0;

  constructor(stored: Readable, options: StoredTarOptions) {
    this.#stored = stored;
    this.#options = options;
  }

  /** The tar's bytes. Fails with ArchiveError "too-large" or "invalid-archive", CryptoError, or the source's own error. */
  async *bytes(): AsyncGenerator<Buffer> {
    const { limits, signal } = this.#options;
    for await (const plain of decompress(this.#decrypted())) {
      // The signal ends the stored stream, and little of that can unfold to much.
      signal?.throwIfAborted();
      this.tarBytes += plain.length;
      if (this.tarBytes > limits.maxTarBytes) throw tooLarge(limits);
      yield plain;
    }
    if (limits.recordedTarBytes === null || this.tarBytes === limits.recordedTarBytes) return;
    throw new ArchiveError("not-the-recorded-archive", "This archive does not hold as many bytes as were recorded when it was made.");
  }

  /** SHA-256 (hex) of what was stored; once everything was read. */
  sha256(): string {
    return this.#hash.digest("hex");
  }

  /** Ends the read, also one that waits for a source that is stuck. */
  stop(): void {
    this.#last?.destroy();
    this.#stored.destroy();
  }

  #decrypted(): AsyncIterable<Buffer> {
    const { fileKey, onHeader, signal } = this.#options;
    const counted = this.#counter();
    const last: Transform = fileKey === null ? counted : ageDecryptStream({ fileKey, ...(onHeader && { onHeader }) });
    this.#last = last;
    // Errors travel with the last stream, which is the one that is read. The signal ends that one, for the first may be stuck.
    const ignored = (): void => undefined;
    if (last === counted) pipeline(this.#stored, counted, ignored);
    else pipeline(this.#stored, counted, last, ignored);
    return signal === undefined ? last : addAbortSignal(signal, last);
  }

  #counter(): Transform {
    return new Transform({
      transform: (data: Buffer, _encoding, callback) => {
        this.#hash.update(data);
        this.storedBytes += data.length;
        callback(null, data);
      },
    });
  }
}

function tooLarge(limits: ReadLimits): ArchiveError {
  const allowed = limits.recordedTarBytes === null ? "an archive of its size may unfold to" : "were recorded when it was made";
  return new ArchiveError(
    "too-large",
    `This archive unfolds to more than the ${limits.maxTarBytes} bytes that ${allowed}. Nothing was restored from it.`,
  );
}
