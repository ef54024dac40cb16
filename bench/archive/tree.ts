import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ArchiveEntry, CaptureEntry } from "#lib/connectors/connector.ts";

const PIECE_BYTES = 1024 * 1024;

/** Small files that are read, or written, beside the one at hand: opening a file takes longer than its bytes. */
const FILES_AT_ONCE = 8;

/** The files of a folder, in order, as a connector would give them: the next few are on their way while one is taken. */
export async function* captureTree(root: string): AsyncGenerator<CaptureEntry> {
  const waiting: CaptureEntry[] = [];
  for await (const entry of entriesBelow(root, "")) {
    waiting.push(entry);
    if (waiting.length > FILES_AT_ONCE) yield* waiting.splice(0, 1);
  }
  yield* waiting;
}

async function* entriesBelow(root: string, below: string): AsyncGenerator<CaptureEntry> {
  const names = await readdir(join(root, below), { withFileTypes: true });
  for (const name of names.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = below === "" ? name.name : `${below}/${name.name}`;
    const { size, mode, mtime } = await stat(join(root, path));
    if (name.isDirectory()) {
      yield { path, type: "directory", sizeBytes: 0, mode, modifiedAt: mtime };
      yield* entriesBelow(root, path);
    } else {
      yield { path, type: "file", sizeBytes: size, mode, modifiedAt: mtime, open: opener(join(root, path), size) };
    }
  }
}

function opener(path: string, sizeBytes: number): () => Promise<Readable> {
  if (sizeBytes > PIECE_BYTES) return () => Promise.resolve(createReadStream(path, { highWaterMark: PIECE_BYTES }));
  const content = readFile(path);
  // Whoever opens it gets the error.
  content.catch(() => undefined);
  return async () => Readable.from([await content], { objectMode: false });
}

/** Writes an archive's entries below a folder: small ones are on their way to the disk while the next are read. */
export async function writeTree(root: string, entries: AsyncIterable<ArchiveEntry>): Promise<void> {
  const writing = new Set<Promise<void>>();
  try {
    for await (const { path, type, mode, sizeBytes, body } of entries) {
      const target = join(root, path);
      if (type === "directory") await mkdir(target, { mode });
      else if (sizeBytes > PIECE_BYTES) await pipeline(body, createWriteStream(target, { mode, highWaterMark: PIECE_BYTES }));
      else {
        const write = writeFile(target, (await body.toArray()) as Buffer[], { mode, flag: "wx" }).finally(() => writing.delete(write));
        writing.add(write);
        if (writing.size === FILES_AT_ONCE) await Promise.race(writing);
      }
    }
  } finally {
    await Promise.all(writing);
  }
}

/** One hash of all paths and contents below a folder. */
export async function hashTree(root: string): Promise<string> {
  const names = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = names.map((name) => ({ path: join(name.parentPath, name.name).slice(root.length + 1), isFile: name.isFile() }));
  const tree = createHash("sha256");
  for (const { path, isFile } of paths.sort((one, other) => (one.path < other.path ? -1 : 1))) {
    tree.update(`${path}\0${isFile ? await hashFile(join(root, path)) : "folder"}\n`);
  }
  return tree.digest("hex");
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const data of createReadStream(path, { highWaterMark: PIECE_BYTES })) hash.update(data as Buffer);
  return hash.digest("hex");
}
