import { constants, type Stats } from "node:fs";
import { link, lstat, open, readdir, realpath, rename, unlink } from "node:fs/promises";
import path from "node:path";
import { addAbortSignal, Readable } from "node:stream";
import type { DestinationSession, PutOptions } from "#lib/connectors/connector.ts";
import { DestinationError, errorCode } from "#lib/connectors/errors.ts";
import { isDeepestInside } from "#lib/connectors/local/inside-roots.ts";
import { makeFolder } from "#lib/connectors/local/make-folder.ts";
import { assertObjectKey, UNFINISHED_PREFIX, unfinishedName } from "#lib/connectors/object-key.ts";

const FILE_MODE = 0o600;
/** Each piece is a trip to another thread. */
const READ_BYTES = 512 * 1024;
const UNFINISHED_NAME = new RegExp(`^${UNFINISHED_PREFIX.replace(".", "\\.")}[0-9a-f-]{36}$`);

/** Keeps objects as files below `folder`, a real path. */
export function openLocalSession(folder: string, signal: AbortSignal): DestinationSession {
  return {
    put: (key, body, options) => {
      // At once: a body that breaks before it is read, as one does whose signal has aborted already, must find somebody who listens.
      body.on("error", () => undefined);
      addAbortSignal(signal, body);
      return translated(key, () => putFile(folder, key, body, options), body);
    },
    get: (key, range) => translated(key, () => getFile(folder, key, range, signal)),
    stat: (key) => translated(key, () => statFile(folder, key)),
    list: (below) => listFiles(folder, below),
    folders: () => listFolders(folder),
    remove: (key) => translated(key, async () => unlinkIfThere(await fileOf(folder, key))),
    abortUpload: (key, uploadId) => translated(key, () => removeUnfinished(folder, key, uploadId)),
    close: () => Promise.resolve(),
  };
}

async function putFile(folder: string, key: string, body: Readable, options?: PutOptions): Promise<{ sizeBytes: number }> {
  try {
    const file = await fileOf(folder, key);
    if (await statOrNull(file)) throw exists(key);
    await makeFolder(path.dirname(file), folder, (made) => lasting.delete(made));
    const unfinished = path.join(path.dirname(file), options?.unfinishedName ?? unfinishedName());
    await options?.onUploadId?.(path.basename(unfinished));
    try {
      const sizeBytes = await writeDurably(unfinished, body);
      await nameExclusively(unfinished, file, key);
      await syncFolders(path.dirname(file), folder);
      return { sizeBytes };
    } finally {
      await unlinkIfThere(unfinished);
    }
  } finally {
    body.destroy();
  }
}

async function writeDurably(file: string, body: Readable): Promise<number> {
  const handle = await open(file, "wx", FILE_MODE);
  try {
    await handle.writeFile(body);
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

/** Gives the finished file its name. A hard link, unlike a rename, never replaces what has that name meanwhile. */
async function nameExclusively(unfinished: string, file: string, key: string): Promise<void> {
  try {
    await link(unfinished, file);
  } catch (error) {
    if (errorCode(error) === "EEXIST") throw exists(key);
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(errorCode(error))) throw error;
    // A file system without hard links. Keys are used once, so the moment between look and rename is nobody's.
    if (await statOrNull(file)) throw exists(key);
    await rename(unfinished, file);
  }
}

/**
 * Makes the new name, and those of the folders made for it, survive a power cut. Folders whose names this process has made to once need it no more: then it
 * is the innermost alone.
 */
async function syncFolders(from: string, top: string): Promise<void> {
  const synced: string[] = [];
  for (let current = from; ; current = path.dirname(current)) {
    const handle = await open(current, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (current === top || lasting.has(current)) break;
    synced.push(current);
  }
  if (lasting.size > MOST_LASTING) lasting.clear();
  for (const folder of synced) lasting.add(folder);
}

/** Real paths of folders whose names survive a power cut. */
const lasting = new Set<string>();
const MOST_LASTING = 10_000;

async function getFile(
  folder: string,
  key: string,
  range: { offsetBytes: number; lengthBytes: number } | undefined,
  signal: AbortSignal,
): Promise<Readable> {
  const file = await fileOf(folder, key);
  if (!(await statOrNull(file))) throw new DestinationError("missing", missing(key));
  if (range?.lengthBytes === 0) return Readable.from([]);
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  return handle.createReadStream({
    signal,
    highWaterMark: READ_BYTES,
    ...(range && { start: range.offsetBytes, end: range.offsetBytes + range.lengthBytes - 1 }),
  });
}

async function statFile(folder: string, key: string): Promise<{ sizeBytes: number } | null> {
  const found = await statOrNull(await fileOf(folder, key));
  return found && { sizeBytes: found.size };
}

/** Real files only: a link is nobody's object, and an unfinished one is none yet. */
async function* listFiles(folder: string, below: string): AsyncGenerator<{ key: string; sizeBytes: number }> {
  const top = await translated(below, () => fileOf(folder, below));
  for (const name of await translated(below, () => namesIn(top))) {
    const key = `${below}/${name}`;
    const found = await translated(key, () => lstatOrNull(path.join(top, name)));
    if (found?.isDirectory()) yield* listFiles(folder, key);
    else if (found?.isFile() && !UNFINISHED_NAME.test(name)) yield { key, sizeBytes: found.size };
  }
}

async function* listFolders(folder: string): AsyncGenerator<string> {
  await assertThere(folder);
  for (const entry of await translated("", () => readdir(folder, { withFileTypes: true }))) if (entry.isDirectory()) yield entry.name;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

async function removeUnfinished(folder: string, key: string, uploadId: string): Promise<void> {
  const file = await fileOf(folder, key);
  if (!UNFINISHED_NAME.test(uploadId)) throw new DestinationError("invalid-key", "This is not the name of an unfinished file.");
  await unlinkIfThere(path.join(path.dirname(file), uploadId));
}

/** The path of a key's file; throws when a link inside the folder leads out of it. */
async function fileOf(folder: string, key: string): Promise<string> {
  assertObjectKey(key);
  const file = path.join(folder, key);
  const above = path.dirname(file);
  // Where the folder of the file is there, so is the one that holds all.
  if ((await realPathOrNull(above)) === above) return file;
  await assertThere(folder);
  if (await isDeepestInside(above, [folder])) return file;
  throw new DestinationError("refused", `A link on the way to “${key}” leads out of the folder.`);
}

async function realPathOrNull(file: string): Promise<string | null> {
  try {
    return await realpath(file);
  } catch {
    return null;
  }
}

/** Only files are objects; a folder of that name is none. */
async function statOrNull(file: string): Promise<Stats | null> {
  const found = await lstatOrNull(file);
  return found?.isFile() ? found : null;
}

async function lstatOrNull(file: string): Promise<Stats | null> {
  try {
    return await lstat(file);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/** Else a disk that is no longer mounted would look like a folder without objects. */
async function assertThere(folder: string): Promise<void> {
  if ((await lstatOrNull(folder))?.isDirectory()) return;
  throw new DestinationError("failed", "The folder is gone; check that its disk is mounted.");
}

async function unlinkIfThere(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

function exists(key: string): DestinationError {
  return new DestinationError("exists", `There is already an object “${key}”.`);
}

function missing(key: string): string {
  return `There is no object “${key}”.`;
}

/** Gives the file system's errors a sentence; an error of `body` is its source's and stays as it is. */
async function translated<T>(key: string, work: () => Promise<T>, body?: Readable): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (body?.errored === error) throw error;
    const sentence = SENTENCES[errorCode(error)];
    throw sentence ? new DestinationError(sentence.code, sentence.text(key), { cause: error }) : error;
  }
}

const SENTENCES: Record<string, { code: "missing" | "refused" | "full" | "failed"; text: (key: string) => string }> = {
  ENOENT: { code: "missing", text: missing },
  ENOSPC: { code: "full", text: () => "The disk that holds this folder is full; make room and try again." },
  EDQUOT: { code: "full", text: () => "The quota of the account that runs Holdfast is used up on this disk; make room and try again." },
  EACCES: { code: "refused", text: (key) => `The account that runs Holdfast may not use “${key}”; change the folder's owner or mode.` },
  EPERM: { code: "refused", text: (key) => `The account that runs Holdfast may not use “${key}”; change the folder's owner or mode.` },
  EROFS: { code: "refused", text: () => "The disk that holds this folder is mounted read-only." },
  ENOTDIR: { code: "refused", text: (key) => `A part of “${key}” before the last is a file, not a folder.` },
  ELOOP: { code: "refused", text: (key) => `“${key}” is a link, which is never followed.` },
  EIO: { code: "failed", text: () => "The disk that holds this folder reports an input/output error; check its health." },
};
