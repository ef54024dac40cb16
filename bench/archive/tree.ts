import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { ArchiveEntry, CaptureEntry } from "#lib/connectors/connector.ts";

const PIECE_BYTES = 1024 * 1024;

// Small files are read and written with synchronous calls, as the programs beside do: a step to another thread takes several times as long as they, and
// it is the archive that is measured, not the folder. In the product no process has the source's files below it.

/** The files of a folder, in order, as a connector would give them. */
export async function* captureTree(root: string): AsyncGenerator<CaptureEntry> {
  yield* entriesBelow(root, "");
}

function* entriesBelow(root: string, below: string): Generator<CaptureEntry> {
  const names = readdirSync(join(root, below), { withFileTypes: true });
  for (const name of names.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = below === "" ? name.name : `${below}/${name.name}`;
    const { size, mode, mtime } = statSync(join(root, path));
    if (name.isDirectory()) {
      yield { path, type: "directory", sizeBytes: 0, mode, modifiedAt: mtime };
      yield* entriesBelow(root, path);
    } else {
      yield { path, type: "file", sizeBytes: size, mode, modifiedAt: mtime, open: () => Promise.resolve(openFile(join(root, path), size)) };
    }
  }
}

function openFile(path: string, sizeBytes: number): Readable {
  if (sizeBytes > PIECE_BYTES) return createReadStream(path, { highWaterMark: PIECE_BYTES });
  return Readable.from([readFileSync(path)], { objectMode: false });
}

/** Writes an archive's entries below a folder. */
export async function writeTree(root: string, entries: AsyncIterable<ArchiveEntry>): Promise<void> {
  for await (const { path, type, mode, sizeBytes, body } of entries) {
    const target = join(root, path);
    if (type === "directory") mkdirSync(target, { mode });
    else if (sizeBytes > PIECE_BYTES) await pipeline(body, createWriteStream(target, { mode, highWaterMark: PIECE_BYTES }));
    else writeFileSync(target, await buffer(body), { mode, flag: "wx" });
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
