import { createHash } from "node:crypto";
import { addAbortSignal } from "node:stream";
import type { Readable } from "node:stream";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import { EntryPaths, shown } from "#lib/archive/entry-paths.ts";
import { FORMAT_VERSION, MAX_ENTRIES, MAX_INDEX_BYTES } from "#lib/archive/limits.ts";
import { manifestSchema } from "#lib/archive/manifest.ts";
import type { ArchiveIndex, IndexEntry, Manifest } from "#lib/archive/manifest.ts";
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

type Common = Pick<IndexEntry, "path" | "mode" | "modifiedAt">;

/** Writes the tar of one archive, hashing and counting what goes in. */
export class TarOfArchive {
  readonly #options: TarOptions;
  readonly #paths = new EntryPaths();
  readonly #index: IndexEntry[] = [];
  #finished: ArchiveIndex | null = null;
  #tarBytes = 0;

  constructor(options: TarOptions) {
    this.#options = options;
  }

  async *bytes(): AsyncGenerator<Buffer> {
    for await (const block of this.#blocks()) {
      this.#tarBytes += block.length;
      yield block;
    }
  }

  result(): { index: ArchiveIndex; tarBytes: number } {
    if (this.#finished === null) throw new Error("The archive is not finished.");
    return { index: this.#finished, tarBytes: this.#tarBytes };
  }

  async *#blocks(): AsyncGenerator<Buffer> {
    const manifest = Buffer.from(JSON.stringify(manifestSchema.parse(this.#options.manifest), null, 2));
    yield* this.#document("manifest.json", manifest);
    for await (const entry of this.#options.entries) {
      if (this.#index.length >= MAX_ENTRIES) throw tooMany();
      this.#options.onProgress?.({ entries: this.#index.length, tarBytes: this.#tarBytes, path: entry.path });
      this.#paths.add(entry.path, entry.type, entry.linkTarget);
      yield* this.#entry(entry);
    }
    const index = this.#makeIndex(createHash("sha256").update(manifest).digest("hex"));
    const text = Buffer.from(JSON.stringify(index));
    if (text.length > MAX_INDEX_BYTES) throw tooMany();
    yield* this.#document("index.json", text);
    yield tarEnd();
    this.#finished = index;
  }

  *#document(name: string, body: Buffer): Generator<Buffer> {
    const modifiedAt = new Date(this.#options.manifest.createdAt);
    yield Buffer.concat([
      tarHeader({ name, type: "file", sizeBytes: body.length, mode: 0o644, modifiedAt }),
      body,
      tarPadding(body.length),
    ]);
  }

  async *#entry(entry: CaptureEntry): AsyncGenerator<Buffer> {
    const common = { path: entry.path, mode: entry.mode & 0o7777, modifiedAt: entry.modifiedAt.toISOString() };
    if (entry.type === "file") {
      yield* this.#file(entry, common);
      return;
    }
    const link = entry.type === "symlink" ? { linkTarget: entry.linkTarget ?? "" } : {};
    yield tarHeader({
      name: `entries/${entry.path}`,
      type: entry.type,
      sizeBytes: 0,
      mode: common.mode,
      modifiedAt: entry.modifiedAt,
      ...link,
    });
    this.#index.push(
      entry.type === "symlink" ? { ...common, type: "symlink", linkTarget: entry.linkTarget ?? "" } : { ...common, type: "directory" },
    );
  }

  async *#file(entry: CaptureEntry, common: Common): AsyncGenerator<Buffer> {
    if (entry.open === undefined) throw new ArchiveError("entry-changed", `“${shown(entry.path)}” has no content to read.`);
    const body = addAbortSignal(this.#options.signal, await entry.open());
    try {
      if (entry.sizeBytes !== null) {
        yield* this.#sized(entry, common, entry.sizeBytes, buffersOf(body));
        return;
      }
      const spooled = await this.#options.spool.hold(buffersOf(body), entry.path);
      try {
        yield* this.#sized(entry, common, spooled.sizeBytes, spooled.read());
      } finally {
        await spooled.release();
      }
    } finally {
      body.destroy();
    }
  }

  async *#sized(entry: CaptureEntry, common: Common, sizeBytes: number, body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const hash = createHash("sha256");
    yield tarHeader({ name: `entries/${entry.path}`, type: "file", sizeBytes, mode: common.mode, modifiedAt: entry.modifiedAt });
    for await (const data of exactly(body, sizeBytes, entry.path)) {
      hash.update(data);
      yield data;
    }
    yield tarPadding(sizeBytes);
    this.#index.push({ ...common, type: "file", sizeBytes, sha256: hash.digest("hex") });
  }

  #makeIndex(manifestSha256: string): ArchiveIndex {
    const files = this.#index.filter((entry) => entry.type === "file");
    return {
      formatVersion: FORMAT_VERSION,
      backupId: this.#options.manifest.backupId,
      manifestSha256,
      totals: { entries: this.#index.length, files: files.length, sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) },
      entries: this.#index,
    };
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
