import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import type { DestinationSession, ObjectChecksum } from "#lib/connectors/connector.ts";

/** What was recorded of an archive's stored bytes. */
export interface RecordedBytes {
  /** Hex. */
  sha256: string;
  sizeBytes: number;
  /** Null where nobody reckoned it. */
  crc32: number | null;
}

/** What was seen of stored bytes. */
export interface SeenBytes {
  sha256: string;
  sizeBytes: number;
  crc32: number;
}

/** Reckons over bytes while they go by; `seen` ends it. */
export class ByteReckoner {
  readonly #hash = createHash("sha256");
  #crc32 = 0;
  sizeBytes = 0;

  add(data: Buffer): void {
    this.#hash.update(data);
    this.#crc32 = crc32(data, this.#crc32);
    this.sizeBytes += data.length;
  }

  /** Once, at the end. */
  seen(): SeenBytes {
    return { sha256: this.#hash.digest("hex"), sizeBytes: this.sizeBytes, crc32: this.#crc32 };
  }
}

/** Reads an object to its end, or until it is longer than `mostBytes`, without keeping any of it. `onBytes` is told how far it got. */
export async function readThrough(stored: Readable, mostBytes: number, onBytes?: (bytes: number) => void): Promise<SeenBytes> {
  const reckoner = new ByteReckoner();
  // Leaving the loop destroys the stream.
  for await (const data of stored as AsyncIterable<Buffer>) {
    reckoner.add(data);
    onBytes?.(data.length);
    if (reckoner.sizeBytes > mostBytes) break;
  }
  return reckoner.seen();
}

/** Whether these are the recorded bytes. */
export function areRecorded(seen: SeenBytes, recorded: RecordedBytes): boolean {
  return seen.sha256 === recorded.sha256 && seen.sizeBytes === recorded.sizeBytes;
}

/**
 * Proves that what was sent a moment ago came to lie under a key: by size and the checksum that the server itself reckoned over the whole object,
 * where it does and we have the like; else by reading it all. Not for what lay there before: a CRC-32 is no proof against whoever can write there.
 * Throws ArchiveError "not-the-recorded-archive", DestinationError.
 */
export async function proveStoredBytes(
  session: DestinationSession,
  key: string,
  recorded: RecordedBytes,
  onBytes?: (bytes: number) => void,
): Promise<"checksum" | "read"> {
  const checksum = (await session.checksum?.(key)) ?? null;
  const ours = checksum && checksumOf(recorded, checksum.algorithm);
  if (checksum && ours) {
    const sizeBytes = (await session.stat(key))?.sizeBytes;
    if (sizeBytes === recorded.sizeBytes && ours.equals(checksum.value)) return "checksum";
    throw otherBytes();
  }
  const seen = await readThrough(await session.get(key), recorded.sizeBytes, onBytes);
  if (areRecorded(seen, recorded)) return "read";
  throw otherBytes();
}

/** Null for a checksum that we do not have: then the bytes are read. */
function checksumOf(recorded: RecordedBytes, algorithm: ObjectChecksum["algorithm"]): Buffer | null {
  if (algorithm === "sha256") return Buffer.from(recorded.sha256, "hex");
  if (algorithm !== "crc32" || recorded.crc32 === null) return null;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(recorded.crc32);
  return bytes;
}

function otherBytes(): ArchiveError {
  return new ArchiveError("not-the-recorded-archive", "What came to lie there is not the archive: its checksum differs.");
}
