import { ArchiveError } from "#lib/archive/archive-error.ts";
import { shown } from "#lib/archive/entry-paths.ts";
import type { ArchiveIndex, IndexEntry, Manifest } from "#lib/archive/manifest.ts";

/** What a walk noted of an entry. */
export interface SeenEntry {
  path: string;
  type: "file" | "directory" | "symlink";
  sizeBytes: number;
  mode: number;
  modifiedAt: Date;
  linkTarget: string | null;
  sha256: string;
}

/** Throws ArchiveError "invalid-archive" unless the index says of every entry, in its order, what was seen of it. */
export function compareWithIndex(index: ArchiveIndex, walk: { manifest: Manifest; manifestSha256: string; seen: SeenEntry[] }): void {
  if (index.backupId !== walk.manifest.backupId || index.manifestSha256 !== walk.manifestSha256) {
    throw differs("its index belongs to another manifest");
  }
  if (index.entries.length !== walk.seen.length) {
    throw differs(`its index lists ${index.entries.length} entries, and it holds ${walk.seen.length}`);
  }
  let sizeBytes = 0;
  let files = 0;
  for (const [position, seen] of walk.seen.entries()) {
    const listed = index.entries[position];
    if (listed === undefined || !isSame(listed, seen)) throw differs(`“${shown(seen.path)}” is not what its index says`);
    sizeBytes += seen.sizeBytes;
    if (seen.type === "file") files += 1;
  }
  const { totals } = index;
  if (totals.entries !== walk.seen.length || totals.files !== files || totals.sizeBytes !== sizeBytes)
    throw differs("its index does not add up");
}

function isSame(listed: IndexEntry, seen: SeenEntry): boolean {
  if (listed.path !== seen.path || listed.type !== seen.type || listed.mode !== seen.mode) return false;
  if (new Date(listed.modifiedAt).getTime() !== seen.modifiedAt.getTime()) return false;
  if (listed.type === "file") return listed.sizeBytes === seen.sizeBytes && listed.sha256 === seen.sha256;
  return listed.type === "directory" || listed.linkTarget === seen.linkTarget;
}

function differs(what: string): ArchiveError {
  return new ArchiveError("invalid-archive", `This is not a valid archive: ${what}.`);
}
