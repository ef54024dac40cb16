import { randomBytes } from "node:crypto";
import { mkdir, open, unlink } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import { shown } from "#lib/archive/entry-paths.ts";
import { payloadDecrypter, payloadEncrypter } from "#lib/crypto/stream.ts";

const READ_BYTES = 128 * 1024;

/** A body whose size is known now, because it was read to its end. */
export interface SpooledBody {
  sizeBytes: number;
  /** Reads it from the beginning; once. */
  read(): AsyncIterable<Buffer>;
  /** Gives its room back. */
  release(): Promise<void>;
}

/** Holds bodies of unknown size in the work folder until they are packed. */
export interface Spool {
  /** Throws ArchiveError "spool-full" when the quota would be passed; `path` names the entry in that sentence. */
  hold(body: AsyncIterable<Buffer>, path: string): Promise<SpooledBody>;
}

/**
 * A spool in `folder` for at most `quotaBytes` at a time. Its files have mode 0600, are encrypted under keys that exist in memory only, and lose
 * their names as soon as they are open, so that even a killed process leaves nothing behind.
 */
export function createSpool(options: { folder: string; quotaBytes: number }): Spool {
  let usedBytes = 0;
  return {
    async hold(body, path) {
      const key = randomBytes(32);
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
        await writeEncrypted(file, key, body, count);
      } catch (error) {
        await release();
        throw isNoSpace(error) ? full(path, null, error) : error;
      }
      return { sizeBytes, read: () => readEncrypted(file, key), release };
    },
  };
}

async function openNameless(folder: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `spool-${randomBytes(12).toString("hex")}`);
  const file = await open(path, "wx+", 0o600);
  await unlink(path);
  return file;
}

async function writeEncrypted(file: FileHandle, key: Buffer, body: AsyncIterable<Buffer>, count: (bytes: number) => void): Promise<void> {
  const coder = payloadEncrypter(key);
  let sealed: Buffer[] = [];
  const collect = (chunk: Buffer): void => void sealed.push(chunk);
  const store = async (): Promise<void> => {
    for (const chunk of sealed) await writeWhole(file, chunk);
    sealed = [];
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
async function writeWhole(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let offset = 0; offset < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, offset);
    offset += bytesWritten;
  }
}

async function* readEncrypted(file: FileHandle, key: Buffer): AsyncGenerator<Buffer> {
  const coder = payloadDecrypter(key);
  let plain: Buffer[] = [];
  const collect = (chunk: Buffer): void => void plain.push(chunk);
  for (let position = 0; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, position);
    if (bytesRead === 0) break;
    position += bytesRead;
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
