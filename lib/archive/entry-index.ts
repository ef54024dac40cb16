import { FORMAT_VERSION } from "#lib/archive/limits.ts";
import type { ArchiveIndex, IndexEntry } from "#lib/archive/manifest.ts";

/** What is known of an entry once it was packed or walked. */
export interface PassedEntry {
  path: string;
  type: IndexEntry["type"];
  mode: number;
  modifiedAt: Date;
  /** 0 for what has no content. */
  sizeBytes: number;
  linkTarget: string | null;
  /** Of the content, hex; of what has none, anything. */
  sha256: string;
}

/** What index.json says before its entries. */
export type IndexHead = Pick<ArchiveIndex, "backupId" | "manifestSha256">;

const PAGE_BYTES = 64 * 1024;
const DIGEST_BYTES = 32;
/** Entries whose digests share a buffer. */
const DIGESTS_PER_PAGE = PAGE_BYTES / DIGEST_BYTES;

/**
 * The index of an archive while it is packed or walked: the text of index.json, which grows entry by entry outside the heap. As objects a
 * hundred thousand entries would be tens of megabytes, which the collector walks again and again.
 */
export class EntryIndex {
  readonly #head: IndexHead;
  readonly #text = new Pages();
  readonly #digests: Buffer[] = [];
  readonly totals: ArchiveIndex["totals"] = { entries: 0, files: 0, sizeBytes: 0 };

  constructor(head: IndexHead) {
    this.#head = head;
  }

  add(entry: PassedEntry): void {
    const { totals } = this;
    const isFile = entry.type === "file";
    this.#text.add(`${totals.entries === 0 ? "" : ","}${JSON.stringify(indexEntry(entry))}`);
    this.#keepDigest(totals.entries, isFile ? entry.sha256 : "");
    totals.entries += 1;
    if (!isFile) return;
    totals.files += 1;
    totals.sizeBytes += entry.sizeBytes;
  }

  /** Of the file that is the entry at this position, hex; null for any other. */
  sha256At(position: number): string | null {
    const at = (position % DIGESTS_PER_PAGE) * DIGEST_BYTES;
    const digest = this.#digests[Math.floor(position / DIGESTS_PER_PAGE)]?.toString("hex", at, at + DIGEST_BYTES);
    return digest === undefined || position >= this.totals.entries || /^0*$/.test(digest) ? null : digest;
  }

  /** Size of the entries' part of index.json. */
  get listBytes(): number {
    return this.#text.sizeBytes;
  }

  /** Size of index.json so far. */
  get textBytes(): number {
    const [start, end] = this.#frame();
    return start.length + this.#text.sizeBytes + end.length;
  }

  /** index.json as it is written: without spaces, its fields in the order of `indexSchema`. The pieces stay this index's own. */
  *text(): Generator<Buffer> {
    const [start, end] = this.#frame();
    yield start;
    yield* this.#text.pieces();
    yield end;
  }

  #frame(): [Buffer, Buffer] {
    const { backupId, manifestSha256 } = this.#head;
    const index: ArchiveIndex = { formatVersion: FORMAT_VERSION, backupId, manifestSha256, totals: this.totals, entries: [] };
    const text = Buffer.from(JSON.stringify(index));
    return [text.subarray(0, -"]}".length), text.subarray(-"]}".length)];
  }

  #keepDigest(position: number, hex: string): void {
    const at = position % DIGESTS_PER_PAGE;
    if (at === 0) this.#digests.push(Buffer.alloc(PAGE_BYTES));
    this.#digests.at(-1)?.write(hex, at * DIGEST_BYTES, "hex");
  }
}

function indexEntry({ type, path, mode, modifiedAt, sizeBytes, sha256, linkTarget }: PassedEntry): IndexEntry {
  const common = { path, mode, modifiedAt: modifiedAt.toISOString() };
  if (type === "file") return { ...common, type, sizeBytes, sha256 };
  return type === "symlink" ? { ...common, type, linkTarget: linkTarget ?? "" } : { ...common, type };
}

/** Text in pages of bytes. */
class Pages {
  readonly #full: Buffer[] = [];
  #page = Buffer.allocUnsafeSlow(PAGE_BYTES);
  #filledBytes = 0;
  sizeBytes = 0;

  add(text: string): void {
    const neededBytes = Buffer.byteLength(text);
    if (this.#filledBytes + neededBytes > this.#page.length) {
      this.#full.push(this.#page.subarray(0, this.#filledBytes));
      this.#page = Buffer.allocUnsafeSlow(Math.max(PAGE_BYTES, neededBytes));
      this.#filledBytes = 0;
    }
    this.#filledBytes += this.#page.write(text, this.#filledBytes);
    this.sizeBytes += neededBytes;
  }

  *pieces(): Generator<Buffer> {
    yield* this.#full;
    yield this.#page.subarray(0, this.#filledBytes);
  }
}
