import { createHash } from "node:crypto";
import { closeSync, createReadStream, createWriteStream, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ArchiveEntry, CaptureEntry } from "#lib/connectors/connector.ts";

const PIECE_BYTES = 1024 * 1024;

/** The files of a folder, in order, as a connector would give them. */
export async function* captureTree(root: string, below = ""): AsyncGenerator<CaptureEntry> {
  const names = await readdir(join(root, below), { withFileTypes: true });
  for (const name of names.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = below === "" ? name.name : `${below}/${name.name}`;
    const { size, mode, mtime } = statSync(join(root, path));
    if (name.isDirectory()) {
      yield { path, type: "directory", sizeBytes: 0, mode, modifiedAt: mtime };
      yield* captureTree(root, path);
    } else {
      yield { path, type: "file", sizeBytes: size, mode, modifiedAt: mtime, open: () => openFile(join(root, path), size) };
    }
  }
}

function openFile(path: string, sizeBytes: number): Promise<Readable> {
  if (sizeBytes > PIECE_BYTES) return Promise.resolve(createReadStream(path, { highWaterMark: PIECE_BYTES }));
  return Promise.resolve(Readable.from([readFileSync(path)], { objectMode: false }));
}

/** Writes an archive's entries below a folder: small ones are gathered and written while the next is read. */
export async function writeTree(root: string, entries: AsyncIterable<ArchiveEntry>): Promise<void> {
  for await (const { path, type, mode, sizeBytes, body } of entries) {
    const target = join(root, path);
    if (type === "directory") {
      await mkdir(target, { mode });
    } else if (sizeBytes > PIECE_BYTES) {
      await pipeline(body, createWriteStream(target, { mode, highWaterMark: PIECE_BYTES }));
    } else {
      await writeSmall(target, mode, body);
    }
  }
}

async function writeSmall(path: string, mode: number, body: Readable): Promise<void> {
  const file = openSync(path, "wx", mode);
  try {
    for await (const piece of body as AsyncIterable<Buffer>) writeFileSync(file, piece);
  } finally {
    closeSync(file);
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
