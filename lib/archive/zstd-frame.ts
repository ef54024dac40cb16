import { ArchiveError } from "#lib/archive/archive-error.ts";
import { type ByteReader, joined } from "#lib/archive/byte-reader.ts";

/** A whole frame that says how much it holds, and that this is little. */
export interface ShortFrame {
  kind: "short";
  bytes: Buffer;
  plainBytes: number;
}

/** What was read of anything else: a long frame, one that does not say its size, one to be skipped, or no frame at all. */
interface OtherBytes {
  kind: "other";
  bytes: Buffer;
}

const MAGIC = 0xfd2fb528;
/** What a frame may say that it holds and still be taken whole into memory, several at once. */
const MAX_SHORT_BYTES = 4 * 1024 * 1024;
const BLOCK_TYPE_RLE = 1;

/** Reads the next frame (RFC 8878, section 3.1.1) as it stands, null at the end. Throws ArchiveError "invalid-archive" when it is cut short. */
export async function readFrame(input: ByteReader): Promise<ShortFrame | OtherBytes | null> {
  const start = await input.upTo(5);
  if (start.length === 0) return null;
  if (start.length < 5 || start.readUInt32LE() !== MAGIC) return { kind: "other", bytes: start };
  const layout = layoutOf(start.readUInt8(4));
  const fields = await exactly(input, layout.headerBytes);
  const plainBytes = contentSize(fields, layout);
  if (plainBytes === null || plainBytes > MAX_SHORT_BYTES) return { kind: "other", bytes: joined([start, fields]) };
  const blocks = await readBlocks(input, plainBytes);
  const bytes = joined([start, fields, ...blocks, await exactly(input, layout.checksumBytes)]);
  return { kind: "short", bytes, plainBytes };
}

interface Layout {
  /** Window, dictionary and content size, in this order, after the descriptor. */
  headerBytes: number;
  sizeBytes: number;
  checksumBytes: number;
}

/** Frame_Header_Descriptor: which fields there are, and how long. */
function layoutOf(descriptor: number): Layout {
  const isSingleSegment = (descriptor & 0b10_0000) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? Number(isSingleSegment) : 2 ** sizeFlag;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 0b11] ?? 0;
  return {
    headerBytes: Number(!isSingleSegment) + dictionaryBytes + sizeBytes,
    sizeBytes,
    checksumBytes: (descriptor & 0b100) === 0 ? 0 : 4,
  };
}

/** Frame_Content_Size, the last field; null when there is none. */
function contentSize(header: Buffer, { sizeBytes }: Layout): number | null {
  const at = header.length - sizeBytes;
  if (sizeBytes === 0) return null;
  if (sizeBytes === 1) return header.readUInt8(at);
  if (sizeBytes === 2) return header.readUInt16LE(at) + 256;
  if (sizeBytes === 4) return header.readUInt32LE(at);
  return Number(header.readBigUInt64LE(at));
}

/** Data blocks up to the last, with their headers of three bytes. */
async function readBlocks(input: ByteReader, plainBytes: number): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  // A block may hold nothing, so that their number has no end of itself; no writer makes a frame longer than what it holds by more than this.
  let allowedBytes = plainBytes + plainBytes / 128 + 1024;
  for (let isLast = false; !isLast;) {
    const header = await exactly(input, 3);
    const fields = header.readUIntLE(0, 3);
    isLast = (fields & 1) === 1;
    const body = await exactly(input, ((fields >> 1) & 0b11) === BLOCK_TYPE_RLE ? 1 : fields >> 3);
    pieces.push(header, body);
    allowedBytes -= header.length + body.length;
    if (allowedBytes < 0) throw damaged();
  }
  return pieces;
}

async function exactly(input: ByteReader, sizeBytes: number): Promise<Buffer> {
  const bytes = await input.exactly(sizeBytes);
  if (bytes === null) throw damaged();
  return bytes;
}

/** The error of data that cannot be decompressed. */
export function damaged(cause?: unknown): ArchiveError {
  const what = "its compressed data is damaged, cut short or followed by something else";
  return new ArchiveError("invalid-archive", `This is not a valid archive: ${what}.`, { cause });
}
