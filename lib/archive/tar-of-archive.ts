import { createHash } from "node:crypto";
import { addAbortSignal } from "node:stream";
import type { Readable } from "node:stream";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import { EntryIndex } from "#lib/archive/entry-index.ts";
import { EntryPaths, shown } from "#lib/archive/entry-paths.ts";
import { MAX_ENTRIES, MAX_INDEX_BYTES } from "#lib/archive/limits.ts";
import { manifestSchema } from "#lib/archive/manifest.ts";
import type { Manifest } from "#lib/archive/manifest.ts";
import type { Spool } from "#lib/archive/spool.ts";
import { tarEnd, tarHeader, tarPadding } from "#lib/archive/tar-header.ts";
import type { CaptureEntry } from "#lib/connectors/connector.ts";

export interface TarOptions {
  manifest: Manifest;
  entries: AsyncIterable<CaptureEntry>;
  spool: Spool;
  signal: AbortSignal;
  /** Told before each entry. */
  onProgress?: (progress: { entries: number; tarBytes: number; path: string }) => void;
}

/** Writes the tar of one archive, hashing and counting what goes in. */
export class TarOfArchive {
  readonly #options: TarOptions;
  readonly #paths = new EntryPaths();
  readonly #manifest: Buffer;
  readonly #index: EntryIndex;
  #isFinished = false;
  #tarBytes = 0;

  constructor(options: TarOptions) {
    this.#options = options;
    this.#manifest = Buffer.from(JSON.stringify(manifestSchema.parse(options.manifest), null, 2));
    const manifestSha256 = createHash("sha256").update(this.#manifest).digest("hex");
    this.#index = new EntryIndex({ backupId: options.manifest.backupId, manifestSha256 });
  }

  async *bytes(): AsyncGenerator<Buffer> {
    for await (const block of this.#blocks()) {
      this.#tarBytes += block.length;
      yield block;
    }
  }

  result(): { index: EntryIndex; tarBytes: number } {
    if (!this.#isFinished) throw new Error("The archive is not finished.");
    return { index: this.#index, tarBytes: this.#tarBytes };
  }

  async *#blocks(): AsyncGenerator<Buffer> {
    yield* this.#document("manifest.json", this.#manifest.length, [this.#manifest]);
    const index = this.#index;
    for await (const entry of this.#options.entries) {
      const { entries } = index.totals;
      if (entries >= MAX_ENTRIES || index.listBytes > MAX_INDEX_BYTES) throw tooMany();
      this.#options.onProgress?.({ entries, tarBytes: this.#tarBytes, path: entry.path });
      this.#paths.add(entry.path, entry.type, entry.linkTarget);
      yield* this.#entry({ ...entry, mode: entry.mode & 0o7777 });
    }
    if (index.textBytes > MAX_INDEX_BYTES) throw tooMany();
    yield* this.#document("index.json", index.textBytes, index.text());
    yield tarEnd();
    this.#isFinished = true;
  }

  *#document(name: string, sizeBytes: number, body: Iterable<Buffer>): Generator<Buffer> {
    const modifiedAt = new Date(this.#options.manifest.createdAt);
    yield tarHeader({ name, type: "file", sizeBytes, mode: 0o644, modifiedAt });
    yield* body;
    yield tarPadding(sizeBytes);
  }

  async *#entry(entry: CaptureEntry): AsyncGenerator<Buffer> {
    if (entry.type === "file") {
      yield* this.#file(entry);
      return;
    }
    const { path, type, mode, modifiedAt } = entry;
    const linkTarget = entry.type === "symlink" ? (entry.linkTarget ?? "") : null;
    yield tarHeader({ name: `entries/${path}`, type, sizeBytes: 0, mode, modifiedAt, ...(linkTarget !== null && { linkTarget }) });
    this.#index.add({ path, type, mode, modifiedAt, sizeBytes: 0, linkTarget, sha256: "" });
  }

  async *#file(entry: CaptureEntry): AsyncGenerator<Buffer> {
    if (entry.open === undefined) throw new ArchiveError("entry-changed", `“${shown(entry.path)}” has no content to read.`);
    const body = addAbortSignal(this.#options.signal, await entry.open());
    try {
      if (entry.sizeBytes !== null) {
        yield* this.#sized(entry, entry.sizeBytes, buffersOf(body));
        return;
      }
      const spooled = await this.#options.spool.hold(buffersOf(body), entry.path);
      try {
        yield* this.#sized(entry, spooled.sizeBytes, spooled.read());
      } finally {
        await spooled.release();
      }
    } finally {
      body.destroy();
    }
  }

  async *#sized({ path, mode, modifiedAt }: CaptureEntry, sizeBytes: number, body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const hash = createHash("sha256");
    yield tarHeader({ name: `entries/${path}`, type: "file", sizeBytes, mode, modifiedAt });
    for await (const data of exactly(body, sizeBytes, path)) {
      hash.update(data);
      yield data;
    }
    yield tarPadding(sizeBytes);
    this.#index.add({ path, type: "file", mode, modifiedAt, sizeBytes, linkTarget: null, sha256: hash.digest("hex") });
  }
}

/** Fails unless exactly `sizeBytes` come: a tar cannot take a size back. */
async function* exactly(source: AsyncIterable<Buffer>, sizeBytes: number, path: string): AsyncGenerator<Buffer> {
  let seenBytes = 0;
  for await (const data of source) {
    seenBytes += data.length;
    if (seenBytes > sizeBytes) break;
    yield data;
  }
  if (seenBytes === sizeBytes) return;
  const came = seenBytes > sizeBytes ? "more came" : `only ${seenBytes} came`;
  throw new ArchiveError(
    "entry-changed",
    `“${shown(path)}” changed while it was read: ${sizeBytes} bytes were announced, ${came}. Run the backup again.`,
  );
}

async function* buffersOf(source: Readable): AsyncGenerator<Buffer> {
  for await (const data of source as AsyncIterable<Buffer | Uint8Array | string>) {
    yield Buffer.isBuffer(data) ? data : Buffer.from(data as Uint8Array);
  }
}

function tooMany(): ArchiveError {
  return new ArchiveError(
    "too-large",
    `The system has more than the ${MAX_ENTRIES} entries that one archive can list. Split it, or exclude some.`,
  );
}
