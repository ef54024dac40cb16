import { createHash } from "node:crypto";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { EntryIndex } from "#lib/archive/entry-index.ts";
import { TarOfArchive } from "#lib/archive/tar-of-archive.ts";
import type { TarOptions } from "#lib/archive/tar-of-archive.ts";
import { compress } from "#lib/archive/zstd.ts";
import { ageEncryptStream } from "#lib/crypto/age.ts";

export interface PackOptions extends TarOptions {
  /** From createFileKey and encryptHeader; null leaves the archive unencrypted (mode "off"). */
  encryption: { fileKey: Buffer; header: Buffer } | null;
}

export interface PackedArchive {
  index: EntryIndex;
  /** Size of the tar within. */
  tarBytes: number;
  /** Size and SHA-256 (hex) of the bytes to store. */
  storedBytes: number;
  sha256: string;
}

/**
 * Makes an archive while it is being read: age(zstd(tar(manifest.json, entries/…, index.json))), see docs/backup-format.md.
 * `stream` gives the bytes to store and fails when anything fails; `finished` gives the same error, or what was packed once the stream was read to its end.
 * Fails with ArchiveError "unsafe-entry", "entry-changed", "spool-full", "too-large", or whatever an entry's source failed with.
 */
export function packArchive(options: PackOptions): { stream: Readable; finished: Promise<PackedArchive> } {
  const tar = new TarOfArchive(options);
  const output = new HashedOutput();
  const compressed = Readable.from(compress(tar.bytes()), { objectMode: false });
  const tail = options.encryption === null ? [] : [ageEncryptStream(options.encryption.fileKey, options.encryption.header)];
  const { signal } = options;
  const running = pipeline([compressed, ...tail, output], { signal });
  const finished = orAborted(running, signal).then(() => ({ ...tar.result(), storedBytes: output.sizeBytes, sha256: output.sha256() }));
  // The same failure reaches whoever reads the stream; one who only reads it has not forgotten to handle it.
  finished.catch(() => undefined);
  return { stream: output, finished };
}

/** A pipeline waits for its source to close, which one that is stuck never does; who cancels must not wait with it. */
function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error("The backup was cancelled."));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Counts and hashes what leaves for the destination. */
class HashedOutput extends Transform {
  readonly #hash = createHash("sha256");
  sizeBytes = 0;

  override _transform(data: Buffer, _encoding: BufferEncoding, callback: (error: null, data: Buffer) => void): void {
    this.#hash.update(data);
    this.sizeBytes += data.length;
    callback(null, data);
  }

  sha256(): string {
    return this.#hash.digest("hex");
  }
}
