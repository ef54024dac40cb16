import { ArchiveError } from "#lib/archive/archive-error.ts";
import type { EntryIndex } from "#lib/archive/entry-index.ts";
import { shown } from "#lib/archive/entry-paths.ts";
import { type ArchiveIndex, type IndexEntry, parseIndex } from "#lib/archive/manifest.ts";
import type { TarEntry } from "#lib/archive/tar-reader.ts";

/**
 * Throws ArchiveError "invalid-archive" (or "newer-format") unless the stored index.json says of every entry, in its order, what a walk has seen of it.
 * One that is written as this version writes it is compared as it comes and never parsed; any other text is held whole, and may say more.
 */
export async function compareWithIndex(stored: Pick<TarEntry, "read">, seen: EntryIndex): Promise<void> {
  const other = await whereItDiffers(stored, seen.text());
  if (other === null) return;
  compare(parseIndex(other.toString()), parseIndex(Buffer.concat([...seen.text()]).toString()));
}

/** The whole of the stored text, or null where it is just the expected one. */
async function whereItDiffers(stored: Pick<TarEntry, "read">, expected: Iterable<Buffer>): Promise<Buffer | null> {
  const same: Buffer[] = [];
  const left = new Ahead(expected);
  for (let piece = await stored.read(); piece !== null; piece = await stored.read()) {
    for (let offset = 0; offset < piece.length;) {
      const wanted = left.take(piece.length - offset);
      const found = piece.subarray(offset, offset + wanted.length);
      if (wanted.length === 0 || !found.equals(wanted)) return Buffer.concat([...same, piece.subarray(offset), await bytesOf(stored)]);
      // The walk's own bytes, which are there anyway.
      same.push(wanted);
      offset += wanted.length;
    }
  }
  return left.take(1).length === 0 ? null : Buffer.concat(same);
}

/** What was not read yet of an entry. */
export async function bytesOf(entry: Pick<TarEntry, "read">): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let piece = await entry.read(); piece !== null; piece = await entry.read()) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Gives pieces out in the amounts that are asked for. */
class Ahead {
  readonly #pieces: Iterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(pieces: Iterable<Buffer>) {
    this.#pieces = pieces[Symbol.iterator]();
  }

  /** At most `maxBytes`; none at the end. */
  take(maxBytes: number): Buffer {
    while (this.#held.length === 0) {
      const step = this.#pieces.next();
      if (step.done === true) return this.#held;
      this.#held = step.value;
    }
    const taken = this.#held.subarray(0, maxBytes);
    this.#held = this.#held.subarray(taken.length);
    return taken;
  }
}

function compare(listed: ArchiveIndex, seen: ArchiveIndex): void {
  if (listed.backupId !== seen.backupId || listed.manifestSha256 !== seen.manifestSha256) {
    throw differs("its index belongs to another manifest");
  }
  if (listed.entries.length !== seen.entries.length) {
    throw differs(`its index lists ${listed.entries.length} entries, and it holds ${seen.entries.length}`);
  }
  for (const [position, entry] of seen.entries.entries()) {
    const other = listed.entries[position];
    if (other === undefined || !isSame(other, entry)) throw differs(`“${shown(entry.path)}” is not what its index says`);
  }
  const { entries, files, sizeBytes } = seen.totals;
  if (listed.totals.entries !== entries || listed.totals.files !== files || listed.totals.sizeBytes !== sizeBytes) {
    throw differs("its index does not add up");
  }
}

function isSame(listed: IndexEntry, seen: IndexEntry): boolean {
  if (listed.path !== seen.path || listed.mode !== seen.mode) return false;
  if (new Date(listed.modifiedAt).getTime() !== new Date(seen.modifiedAt).getTime()) return false;
  if (listed.type === "file") return seen.type === "file" && listed.sizeBytes === seen.sizeBytes && listed.sha256 === seen.sha256;
  if (listed.type === "symlink") return seen.type === "symlink" && listed.linkTarget === seen.linkTarget;
  return seen.type === "directory";
}

function differs(what: string): ArchiveError {
  return new ArchiveError("invalid-archive", `This is not a valid archive: ${what}.`);
}
