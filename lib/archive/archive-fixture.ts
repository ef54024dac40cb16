import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { EntryIndex } from "#lib/archive/entry-index.ts";
import { limitsFor } from "#lib/archive/limits.ts";
import { type ArchiveIndex, type Manifest, parseIndex } from "#lib/archive/manifest.ts";
import { packArchive } from "#lib/archive/pack.ts";
import type { PackedArchive } from "#lib/archive/pack.ts";
import type { Spool } from "#lib/archive/spool.ts";
import { readArchive } from "#lib/archive/unpack.ts";
import type { ArchiveProof } from "#lib/archive/unpack.ts";
import type { CaptureEntry } from "#lib/connectors/connector.ts";

/** What the tests of this folder share. */
export const MANIFEST: Manifest = {
  formatVersion: 1,
  backupId: "bak_1",
  tenantId: "ten_1",
  system: { id: "sys_1", name: "Router \u{1f511} / cellar", kind: "folder", version: "7.2" },
  productVersion: "0.1.0",
  createdAt: "2026-11-22T01:00:00.000Z",
  includesSecrets: false,
  notInBackup: [],
  key: null,
};

const NO_SPOOL: Spool = { hold: () => Promise.reject(new Error("Nothing of unknown size was expected.")) };

export function fileEntry(path: string, content: string | Buffer, more: Partial<CaptureEntry> = {}): CaptureEntry {
  const body = Buffer.from(content);
  return {
    path,
    type: "file",
    sizeBytes: body.length,
    mode: 0o640,
    modifiedAt: new Date("2026-01-02T03:04:05Z"),
    open: () => Promise.resolve(Readable.from([body], { objectMode: false })),
    ...more,
  };
}

export function linkEntry(path: string, linkTarget: string): CaptureEntry {
  return { path, type: "symlink", sizeBytes: 0, mode: 0o777, modifiedAt: new Date("2026-01-02T03:04:05Z"), linkTarget };
}

export function folderEntry(path: string): CaptureEntry {
  return { path, type: "directory", sizeBytes: 0, mode: 0o755, modifiedAt: new Date("2026-01-02T03:04:05Z") };
}

export async function packToBuffer(
  entries: CaptureEntry[] | AsyncIterable<CaptureEntry>,
  options: Partial<Parameters<typeof packArchive>[0]> = {},
): Promise<PackedArchive & { stored: Buffer }> {
  const packing = packArchive({
    manifest: MANIFEST,
    entries: Array.isArray(entries) ? Readable.from(entries) : entries,
    encryption: null,
    spool: NO_SPOOL,
    signal: new AbortController().signal,
    ...options,
  });
  const stored = await buffer(packing.stream);
  return { ...(await packing.finished), stored };
}

export function listOf(index: EntryIndex): ArchiveIndex {
  return parseIndex(Buffer.concat([...index.text()]).toString());
}

/** Walks an archive and keeps what it gives out. */
export async function unpackAll(
  stored: Buffer,
  options: Partial<Parameters<typeof readArchive>[1]> = {},
): Promise<{ files: Map<string, Buffer>; proof: ArchiveProof }> {
  const pieces = Array.from({ length: Math.ceil(stored.length / 4000) }, (_, index) => stored.subarray(index * 4000, (index + 1) * 4000));
  const walk = readArchive(Readable.from(pieces), { fileKey: null, limits: limitsFor(stored.length, null), ...options });
  const files = new Map<string, Buffer>();
  for (;;) {
    const step = await walk.next();
    if (step.done === true) return { files, proof: step.value };
    files.set(step.value.path, await buffer(step.value.body));
  }
}
