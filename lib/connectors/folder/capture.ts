import { Readable } from "node:stream";
import type { Capture, CaptureEntry } from "#lib/connectors/connector.ts";
import { CaptureError } from "#lib/connectors/errors.ts";
import { explainSftpError } from "#lib/connectors/folder/explain.ts";
import { mapAhead } from "#lib/connectors/folder/map-ahead.ts";
import type { Selection } from "#lib/connectors/folder/globs.ts";
import { NOT_IN_FOLDER_BACKUPS } from "#lib/connectors/folder/not-in-backup.ts";
import { absolute, walk, type Found } from "#lib/connectors/folder/walk.ts";
import type { SftpClient } from "#lib/connectors/sftp/client.ts";
import { readFileChunks, readSmallFile } from "#lib/connectors/sftp/read-file.ts";

/** Files up to this are read whole before they are packed, some at once: their size is then certain and latency is shared. */
const SMALL_FILE_BYTES = 256 * 1024;
const SMALL_FILES_AT_ONCE = 16;
const NAMES_SHOWN = 20;

/**
 * Captures what `selection` takes below `root`, and closes the client when the entries end.
 * A file that grows while it is read is taken up to the size that it had (as tar does); one that shrinks, or cannot be read, fails the
 * capture with its name: a backup with holes must not be called complete.
 */
export async function captureFolder(client: SftpClient, root: string, selection: Selection): Promise<Capture> {
  const { files, special } = await survey(client, root, selection);
  if (files === 0) {
    throw new CaptureError(`“${root}” holds no file that the patterns take; check the folder, its disk being mounted, and the patterns.`);
  }
  return {
    systemVersion: null,
    // Nobody can tell from outside what the files hold; a configuration often holds a password.
    includesSecrets: true,
    notInBackup: [...NOT_IN_FOLDER_BACKUPS, ...specialSentence(special)],
    entries: entriesOf(client, root, selection),
  };
}

/** A look at all names before the first entry, since the manifest comes first and says what is left out. */
async function survey(client: SftpClient, root: string, selection: Selection): Promise<{ files: number; special: string[] }> {
  const special: string[] = [];
  let files = 0;
  for await (const found of walk(client, root, selection)) {
    if (found.type === "special") special.push(found.path);
    if (found.type === "file" || found.type === "symlink") files++;
  }
  return { files, special };
}

function specialSentence(special: string[]): string[] {
  if (special.length === 0) return [];
  const more = special.length > NAMES_SHOWN ? ` and ${special.length - NAMES_SHOWN} more` : "";
  return [`sockets, pipes and devices: ${special.slice(0, NAMES_SHOWN).join(", ")}${more}`];
}

async function* entriesOf(client: SftpClient, root: string, selection: Selection): AsyncGenerator<CaptureEntry, void, undefined> {
  try {
    const regular = withoutSpecial(walk(client, root, selection));
    yield* mapAhead(regular, SMALL_FILES_AT_ONCE, (found) => toEntry(client, root, found));
  } finally {
    client.end();
  }
}

async function* withoutSpecial(all: AsyncIterable<Found>): AsyncGenerator<Found, void, undefined> {
  for await (const found of all) if (found.type !== "special") yield found;
}

async function toEntry(client: SftpClient, root: string, found: Found): Promise<CaptureEntry> {
  const { path, type, mode, modifiedAt } = found;
  const source = absolute(root, path);
  try {
    if (type === "symlink") return { path, type, mode, modifiedAt, sizeBytes: 0, linkTarget: await client.readlink(source) };
    if (type !== "file") return { path, type: "directory", mode, modifiedAt, sizeBytes: 0 };
    const content = found.sizeBytes <= SMALL_FILE_BYTES ? await readSmallFile(client, source, SMALL_FILE_BYTES) : null;
    if (content)
      return {
        path,
        type,
        mode,
        modifiedAt,
        sizeBytes: content.length,
        open: () => Promise.resolve(Readable.from(content.length > 0 ? [content] : [])),
      };
    // Asked anew when it is small no longer.
    const sizeBytes = found.sizeBytes <= SMALL_FILE_BYTES ? (await client.lstat(source)).size : found.sizeBytes;
    return {
      path,
      type,
      mode,
      modifiedAt,
      sizeBytes,
      open: () => Promise.resolve(Readable.from(readLarge(client, source, path, sizeBytes))),
    };
  } catch (error) {
    throw unreadable(error, path);
  }
}

async function* readLarge(client: SftpClient, source: string, path: string, sizeBytes: number): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* readFileChunks(client, source, sizeBytes);
  } catch (error) {
    throw unreadable(error, path);
  }
}

function unreadable(error: unknown, path: string): unknown {
  return explainSftpError(error, (reason) => new CaptureError(`“${path}” could not be read: ${reason}`, { cause: error }));
}
