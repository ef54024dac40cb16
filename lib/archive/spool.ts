import { randomBytes } from "node:crypto";
import { mkdir, open, unlink } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import { passed } from "#lib/archive/collector.ts";
import { shown } from "#lib/archive/entry-paths.ts";
import { payloadDecrypter, payloadEncrypter } from "#lib/crypto/stream.ts";
import type { PayloadCoder } from "#lib/crypto/stream.ts";

const READ_BYTES = 512 * 1024;

/** A body whose size is known now, because it was read to its end. */
export interface SpooledBody {
  sizeBytes: number;
  /** Reads it from the beginning; once. */
  read(): AsyncIterable<Buffer>;
  /** Gives its room back. */
  release(): Promise<void>;
}

/** Holds bodies of unknown size in the work folder until they are packed, and archives until they are stored. */
export interface Spool {
  /**
   * Throws ArchiveError "spool-full" when the quota would be passed; `path` names the entry in that sentence.
   * What `isEncrypted` already is not encrypted once more.
   */
  hold(body: AsyncIterable<Buffer>, path: string, options?: { isEncrypted: boolean }): Promise<SpooledBody>;
}

/**
 * A spool in `folder` for at most `quotaBytes` at a time. Its files have mode 0600, hold nothing that is not encrypted, if need be under keys that
 * exist in memory only, and lose their names as soon as they are open, so that even a killed process leaves nothing behind.
 */
export function createSpool(options: { folder: string; quotaBytes: number }): Spool {
  let usedBytes = 0;
  return {
    async hold(body, path, { isEncrypted } = { isEncrypted: false }) {
      const key = isEncrypted ? null : randomBytes(32);
      const file = await openNameless(options.folder);
      let sizeBytes = 0;
      const release = async (): Promise<void> => {
        usedBytes -= sizeBytes;
        sizeBytes = 0;
        await file.close();
      };
      const count = (bytes: number): void => {
        if (usedBytes + bytes > options.quotaBytes) throw full(path, options.quotaBytes);
        usedBytes += bytes;
        sizeBytes += bytes;
      };
      try {
        await writeAll(file, key === null ? AS_IT_IS : payloadEncrypter(key), body, count);
      } catch (error) {
        await release();
        throw isNoSpace(error) ? full(path, null, error) : error;
      }
      return { sizeBytes, read: () => readAll(file, key === null ? AS_IT_IS : payloadDecrypter(key)), release };
    },
  };
}

const AS_IT_IS: PayloadCoder = { update: (data, emit) => emit(data), final: () => undefined };

async function openNameless(folder: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `spool-${randomBytes(12).toString("hex")}`);
  const file = await open(path, "wx+", 0o600);
  await unlink(path);
  return file;
}

async function writeAll(file: FileHandle, coder: PayloadCoder, body: AsyncIterable<Buffer>, count: (bytes: number) => void): Promise<void> {
  let coded: Buffer[] = [];
  const collect = (piece: Buffer): void => void coded.push(piece);
  const store = async (): Promise<void> => {
    const [only] = coded;
    if (only !== undefined) await writeWhole(file, coded.length === 1 ? only : Buffer.concat(coded));
    coded = [];
  };
  for await (const data of body) {
    count(data.length);
    coder.update(data, collect);
    await store();
  }
  coder.final(collect);
  await store();
}

/** One write may take less than it was given. */
async function writeWhole(file: FileHandle, piece: Buffer): Promise<void> {
  for (let offset = 0; offset < piece.length;) {
    const { bytesWritten } = await file.write(piece, offset);
    offset += bytesWritten;
  }
}

async function* readAll(file: FileHandle, coder: PayloadCoder): AsyncGenerator<Buffer> {
  let plain: Buffer[] = [];
  const collect = (piece: Buffer): void => void plain.push(piece);
  for (let position = 0; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    passed(bytesRead);
    coder.update(buffer.subarray(0, bytesRead), collect);
    yield* plain;
    plain = [];
  }
  coder.final(collect);
  yield* plain;
}

function isNoSpace(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

function full(path: string, quotaBytes: number | null, cause?: unknown): ArchiveError {
  const room =
    quotaBytes === null ? "the disk of the work folder has left" : `the work folder may hold (${Math.floor(quotaBytes / 1024 / 1024)} MiB)`;
  return new ArchiveError(
    "spool-full",
    `“${shown(path)}” needs more room than ${room}. Make room there, or leave this entry out of the backup.`,
    {
      cause,
    },
  );
}
