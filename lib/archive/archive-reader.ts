import { createReadStream } from "node:fs";
import type { ReadLimits } from "#lib/archive/limits.ts";
import type { ArchiveIndex, Manifest } from "#lib/archive/manifest.ts";
import { proveArchive } from "#lib/archive/prove.ts";
import type { ProveOptions } from "#lib/archive/prove.ts";
import { readArchive } from "#lib/archive/unpack.ts";
import type { ArchiveEntry, ArchiveReader } from "#lib/connectors/connector.ts";

/** An ArchiveReader that also shows the whole manifest and index. */
export interface OpenArchive extends ArchiveReader {
  readonly fullManifest: Manifest;
  readonly index: ArchiveIndex;
}

export interface OpenOptions {
  /** The stored bytes, in a file of the work folder. */
  path: string;
  /** Null for an archive that is not encrypted (mode "off"). */
  fileKey: Buffer | null;
  limits: ReadLimits;
  signal?: AbortSignal;
  /** What the catalogue recorded; anything else is refused. */
  expected?: ProveOptions["expected"];
  check?: ProveOptions["check"];
}

/**
 * Opens an archive whose stored bytes lie in a file. All of it is proven before this resolves, so that nothing is ever given out of an archive that is
 * damaged further on; each later walk decrypts anew and checks each entry again. Errors as proveArchive.
 */
export async function openArchive(options: OpenOptions): Promise<OpenArchive> {
  const { path, fileKey, limits, signal, expected, check } = options;
  const read = { fileKey, limits, ...(signal && { signal }) };
  const { manifest, index } = await proveArchive(createReadStream(path), {
    ...read,
    ...(expected && { expected }),
    ...(check && { check }),
  });
  return {
    manifest: {
      systemKind: manifest.system.kind,
      systemVersion: manifest.system.version,
      productVersion: manifest.productVersion,
      createdAt: manifest.createdAt,
      notInBackup: manifest.notInBackup,
    },
    fullManifest: manifest,
    index,
    entries: (): AsyncIterable<ArchiveEntry> => readArchive(createReadStream(path), { ...read, index }),
  };
}
