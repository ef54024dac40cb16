import { ArchiveError } from "#lib/archive/archive-error.ts";
import { ByteReader } from "#lib/archive/byte-reader.ts";
import { shown } from "#lib/archive/entry-paths.ts";
import { parsePax } from "#lib/archive/pax.ts";
import { ustarChecksum } from "#lib/archive/tar-header.ts";

const BLOCK_BYTES = 512;
const ZEROS = Buffer.alloc(BLOCK_BYTES);
const MAX_PAX_BYTES = 64 * 1024;
const PIECE_BYTES = 1024 * 1024;

export interface TarEntry {
  name: string;
  type: "file" | "directory" | "symlink";
  sizeBytes: number;
  mode: number;
  /** To the millisecond where an extended header says so, else to the second. */
  modifiedAt: Date;
  linkTarget: string | null;
  /** The next piece of the body, or null after its last. What is not taken is skipped. */
  read(): Promise<Buffer | null>;
}

/**
 * Reads the kind of tar that tar-header.ts writes, and no other: ustar headers, extended headers before them, files, folders and symbolic links.
 * It takes nothing on trust: a device, hard link, sparse file, wrong checksum, odd number, or anything but zeros behind the end is an ArchiveError
 * ("unsafe-entry" or "invalid-archive"), and memory stays at one piece. Entries must be taken one after another.
 */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const input = new ByteReader(source);
  try {
    for (;;) {
      const header = await readHeader(input);
      if (header === null) break;
      const body = new TarBody(input, header.sizeBytes);
      yield { ...header, read: () => body.read() };
      await body.skip();
    }
    await requireZeros(input);
  } finally {
    await input.close();
  }
}

class TarBody {
  readonly #input: ByteReader;
  #leftBytes: number;
  #paddingBytes: number;

  constructor(input: ByteReader, sizeBytes: number) {
    this.#input = input;
    this.#leftBytes = sizeBytes;
    this.#paddingBytes = paddingOf(sizeBytes);
  }

  async read(): Promise<Buffer | null> {
    if (this.#leftBytes === 0) return null;
    const piece = await this.#input.some(Math.min(this.#leftBytes, PIECE_BYTES));
    if (piece === null) throw cut();
    this.#leftBytes -= piece.length;
    return piece;
  }

  async skip(): Promise<void> {
    while ((await this.read()) !== null);
    await exactly(this.#input, this.#paddingBytes);
    this.#paddingBytes = 0;
  }
}

type Header = Omit<TarEntry, "read">;

/** The next entry's header, or null at the block of zeros that ends a tar. */
async function readHeader(input: ByteReader): Promise<Header | null> {
  const block = await exactly(input, BLOCK_BYTES);
  if (isZero(block)) return null;
  requireUstar(block);
  if (typeFlag(block) !== "x") return entryHeader(block, new Map());
  const sizeBytes = octal(block, 124, 12);
  if (sizeBytes > MAX_PAX_BYTES) throw invalid("an extended header is too long");
  const pax = parsePax(await exactly(input, sizeBytes));
  await exactly(input, paddingOf(sizeBytes));
  const main = await exactly(input, BLOCK_BYTES);
  requireUstar(main);
  return entryHeader(main, pax);
}

function entryHeader(block: Buffer, pax: Map<string, string>): Header {
  const name = pax.get("path") ?? text(block, 0, 100);
  const type = entryType(block, name);
  const sizeBytes = paxSize(pax) ?? octal(block, 124, 12);
  if (type !== "file" && sizeBytes !== 0) throw invalid(`“${shown(name)}” has a body that its type does not have`);
  const mode = octal(block, 100, 8);
  if (mode > 0o7777) throw invalid(`“${shown(name)}” has a mode that is none`);
  const modifiedSeconds = paxTime(pax) ?? octal(block, 136, 12);
  return {
    name,
    type,
    sizeBytes,
    mode,
    modifiedAt: new Date(Math.round(modifiedSeconds * 1000)),
    linkTarget: type === "symlink" ? (pax.get("linkpath") ?? text(block, 157, 100)) : null,
  };
}

function entryType(block: Buffer, name: string): TarEntry["type"] {
  const flag = typeFlag(block);
  if (flag === "0") return "file";
  if (flag === "2") return "symlink";
  if (flag === "5") return "directory";
  const what = { "1": "a hard link", "3": "a device", "4": "a device", "6": "a pipe" }[flag];
  if (what === undefined) throw invalid(`“${shown(name)}” is of a type that archives do not hold`);
  throw new ArchiveError("unsafe-entry", `“${shown(name)}” cannot be part of an archive: it is ${what}.`);
}

function requireUstar(block: Buffer): void {
  if (block.toString("latin1", 257, 265) !== "ustar\u000000") throw invalid("a header is not of the ustar kind");
  if (block[345] !== 0) throw invalid("a header uses the prefix field");
  if (octal(block, 148, 8) !== ustarChecksum(block)) throw invalid("a header's checksum is wrong");
}

function paxSize(pax: Map<string, string>): number | null {
  const size = pax.get("size");
  if (size === undefined) return null;
  const value = /^(0|[1-9][0-9]{0,15})$/.test(size) ? Number(size) : NaN;
  if (!Number.isSafeInteger(value)) throw invalid("a size is not a number");
  return value;
}

/** Seconds since 1970, before it too, with their fraction. */
function paxTime(pax: Map<string, string>): number | null {
  const time = pax.get("mtime");
  if (time === undefined) return null;
  if (!/^-?[0-9]{1,12}(\.[0-9]{1,9})?$/.test(time)) throw invalid("a time is not a number");
  return Number(time);
}

function typeFlag(block: Buffer): string {
  return block.toString("latin1", 156, 157);
}

/** An octal number that ends with a NUL or space, or fills its field. */
function octal(block: Buffer, offset: number, lengthBytes: number): number {
  const field = block.toString("latin1", offset, offset + lengthBytes);
  const digits = /^([0-7]+)[\0 ]*$/.exec(field)?.[1];
  if (digits === undefined) throw invalid("a number in a header is not octal");
  return Number.parseInt(digits, 8);
}

function text(block: Buffer, offset: number, lengthBytes: number): string {
  const field = block.toString("latin1", offset, offset + lengthBytes).replace(/\0+$/, "");
  if (!/^[\x20-\x7e]*$/.test(field)) throw invalid("a name in a header is not plain ASCII");
  return field;
}

async function requireZeros(input: ByteReader): Promise<void> {
  await exactly(input, BLOCK_BYTES).then((block) => {
    if (!isZero(block)) throw invalid("something follows its end");
  });
  for (let piece = await input.some(PIECE_BYTES); piece !== null; piece = await input.some(PIECE_BYTES)) {
    if (!isZero(piece)) throw invalid("something follows its end");
  }
}

async function exactly(input: ByteReader, sizeBytes: number): Promise<Buffer> {
  const bytes = await input.exactly(sizeBytes);
  if (bytes === null) throw cut();
  return bytes;
}

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = bytes.subarray(at, at + BLOCK_BYTES);
    if (!block.equals(ZEROS.subarray(0, block.length))) return false;
  }
  return true;
}

function paddingOf(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}

function cut(): ArchiveError {
  return invalid("it ends too early");
}

function invalid(what: string): ArchiveError {
  return new ArchiveError("invalid-archive", `This is not a valid archive: ${what}.`);
}
