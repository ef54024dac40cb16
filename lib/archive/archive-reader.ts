import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import type { EntryIndex } from "#lib/archive/entry-index.ts";
import type { ReadLimits } from "#lib/archive/limits.ts";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import type { Manifest } from "#lib/archive/manifest.ts";
import { proveArchive } from "#lib/archive/prove.ts";
import type { ProveOptions } from "#lib/archive/prove.ts";
import { readArchive } from "#lib/archive/unpack.ts";
import type { ReadOptions } from "#lib/archive/unpack.ts";
import type { ArchiveEntry, ArchiveReader } from "#lib/connectors/connector.ts";

/** Pieces of this size cost few steps from stream to stream, and little memory. */
const READ_BYTES = 512 * 1024;

/** An ArchiveReader that also shows the whole manifest. */
export interface OpenArchive extends ArchiveReader {
  readonly fullManifest: Manifest;
}

export interface OpenOptions {
  /** The stored bytes, in a file of the work folder. */
  path: string;
  /** Null for an archive that is not encrypted (mode "off"). */
  fileKey: Buffer | null;
  limits: ReadLimits;
  signal?: AbortSignal;
  /**
   * True only when the SHA-256 of the file was just found to be that of an archive which was proven whole: then these are the proven bytes, and
   * only the beginning is read before this resolves.
   */
  isProven?: boolean;
  /** What the catalogue recorded; anything else is refused. */
  expected?: ProveOptions["expected"];
  check?: ProveOptions["check"];
}

/**
 * Opens an archive whose stored bytes lie in a file. All of it is proven before this resolves, now or (see `isProven`) before, so that nothing is ever
 * given out of an archive that is damaged further on; each later walk decrypts anew and checks each entry again. Errors as proveArchive.
 */
export async function openArchive(options: OpenOptions): Promise<OpenArchive> {
  const { path, fileKey, limits, signal, isProven = false } = options;
  const read = { fileKey, limits, ...(signal && { signal }) };
  const { manifest, index } = isProven ? { manifest: await manifestOf(path, read), index: null } : await proveAll(options, read);
  return {
    manifest: {
      systemKind: manifest.system.kind,
      systemVersion: manifest.system.version,
      productVersion: manifest.productVersion,
      createdAt: manifest.createdAt,
      notInBackup: manifest.notInBackup,
    },
    fullManifest: manifest,
    entries: (): AsyncIterable<ArchiveEntry> => readArchive(openFile(path), { ...read, ...(index && { index }) }),
  };
}

function proveAll({ path, expected, check }: OpenOptions, read: ReadOptions): Promise<{ manifest: Manifest; index: EntryIndex }> {
  return proveArchive(openFile(path), { ...read, ...(expected && { expected }), ...(check && { check }) });
}

/** The manifest stands before the first entry. */
async function manifestOf(path: string, read: ReadOptions): Promise<Manifest> {
  const found: Manifest[] = [];
  const onManifest = (manifest: Manifest): void => void found.push(manifest);
  for await (const entry of readArchive(openFile(path), { ...read, onManifest })) {
    entry.body.destroy();
    break;
  }
  const [manifest] = found;
  if (manifest === undefined) throw new ArchiveError("invalid-archive", "This is not a valid archive: it has no manifest.json.");
  return manifest;
}

function openFile(path: string): Readable {
  return createReadStream(path, { highWaterMark: READ_BYTES });
}
