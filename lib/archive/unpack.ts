import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import { EntryBody } from "#lib/archive/entry-body.ts";
import { EntryIndex, type IndexHead } from "#lib/archive/entry-index.ts";
import { EntryPaths, shown } from "#lib/archive/entry-paths.ts";
import { bytesOf, compareWithIndex } from "#lib/archive/index-check.ts";
import { MAX_INDEX_BYTES, MAX_MANIFEST_BYTES } from "#lib/archive/limits.ts";
import { parseManifest } from "#lib/archive/manifest.ts";
import type { Manifest } from "#lib/archive/manifest.ts";
import { StoredTar } from "#lib/archive/stored-tar.ts";
import type { StoredTarOptions } from "#lib/archive/stored-tar.ts";
import { readTar } from "#lib/archive/tar-reader.ts";
import type { TarEntry } from "#lib/archive/tar-reader.ts";
import type { ArchiveEntry } from "#lib/connectors/connector.ts";

const ENTRIES = "entries/";

export interface ReadOptions extends StoredTarOptions {
  /** Given the manifest before the first entry; what it throws fails the read. */
  onManifest?: (manifest: Manifest) => void;
  /** The index from an earlier walk of the same archive: then a wrong entry fails at its own end and not only at the archive's. */
  index?: EntryIndex;
}

/** What a walk to the end has shown. */
export interface ArchiveProof {
  manifest: Manifest;
  index: EntryIndex;
  tarBytes: number;
  storedBytes: number;
  /** Of the stored bytes, hex. */
  sha256: string;
}

/**
 * Walks the entries of an archive from its stored bytes and returns, after the last one, what was proven: the manifest comes first and is of a known
 * format, every path is safe and there once, every size and hash is the index's, the index comes last, and nothing follows it.
 * Until the walk has ended without an error, an entry is authentic only as far as the encryption says so.
 * An entry's body must be consumed or resumed before the next step; what is left of it is skipped. Memory stays at a few pieces, the index, and the paths.
 * Throws ArchiveError, CryptoError (see ageDecryptStream), or the source's own error.
 */
export async function* readArchive(stored: Readable, options: ReadOptions): AsyncGenerator<ArchiveEntry, ArchiveProof> {
  const tar = new StoredTar(stored, options);
  const entries = readTar(tar.bytes());
  try {
    const manifestText = await bytesOf(requireDocument(await next(entries), "manifest.json", MAX_MANIFEST_BYTES));
    const manifest = parseManifest(manifestText.toString());
    options.onManifest?.(manifest);
    const walk = new EntryWalk(options, { backupId: manifest.backupId, manifestSha256: sha256(manifestText) });
    let entry = await next(entries);
    for (; entry?.name.startsWith(ENTRIES); entry = await next(entries)) yield* walk.step(entry);
    await compareWithIndex(requireDocument(entry, "index.json", MAX_INDEX_BYTES), walk.index);
    const more = await next(entries);
    if (more !== null) throw invalid(`“${shown(more.name)}” follows its index`);
    return { manifest, index: walk.index, tarBytes: tar.tarBytes, storedBytes: tar.storedBytes, sha256: tar.sha256() };
  } finally {
    // First the source: a read that still waits for it would hold up the rest.
    tar.stop();
    await entries.return(undefined);
  }
}

/** Keeps what was seen of each entry for the comparison with the index. */
class EntryWalk {
  readonly index: EntryIndex;
  readonly #paths = new EntryPaths();
  readonly #options: ReadOptions;

  constructor(options: ReadOptions, head: IndexHead) {
    this.#options = options;
    this.index = new EntryIndex(head);
  }

  async *step(entry: TarEntry): AsyncGenerator<ArchiveEntry> {
    this.#options.signal?.throwIfAborted();
    const path = entry.name.slice(ENTRIES.length);
    const position = this.index.totals.entries;
    // So that the index of what is seen does not grow beyond what the stored one may have.
    if (this.index.listBytes > MAX_INDEX_BYTES) throw tooLong("index.json", MAX_INDEX_BYTES);
    if (position >= this.#options.limits.maxEntries) {
      throw new ArchiveError(
        "too-large",
        `This archive holds more than ${this.#options.limits.maxEntries} entries. Nothing was restored from it.`,
      );
    }
    this.#paths.add(path, entry.type, entry.linkTarget ?? undefined);
    const body = new EntryBody(entry, this.#options.index?.sha256At(position) ?? null);
    const link = entry.linkTarget === null ? {} : { linkTarget: entry.linkTarget };
    try {
      yield {
        path,
        type: entry.type,
        sizeBytes: entry.sizeBytes,
        mode: entry.mode,
        modifiedAt: entry.modifiedAt,
        ...link,
        body: body.stream,
      };
      this.index.add({ ...entry, path, sha256: await body.settle() });
    } finally {
      body.stream.destroy();
    }
  }
}

async function next(entries: AsyncGenerator<TarEntry>): Promise<TarEntry | null> {
  const step = await entries.next();
  return step.done === true ? null : step.value;
}

/** One of the two documents that frame the entries. */
function requireDocument(entry: TarEntry | null, name: string, maxBytes: number): TarEntry {
  if (entry === null) throw invalid(`it has no ${name}`);
  if (entry.name !== name || entry.type !== "file") throw invalid(`“${shown(entry.name)}” stands where ${name} belongs`);
  if (entry.sizeBytes > maxBytes) throw tooLong(name, maxBytes);
  return entry;
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function tooLong(name: string, maxBytes: number): ArchiveError {
  return new ArchiveError("too-large", `This archive's ${name} is longer than ${maxBytes} bytes.`);
}

function invalid(what: string): ArchiveError {
  return new ArchiveError("invalid-archive", `This is not a valid archive: ${what}.`);
}
