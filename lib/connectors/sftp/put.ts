import type { Readable } from "node:stream";
import type { PutOptions } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import { unfinishedName } from "#lib/connectors/object-key.ts";
import type { SftpClient } from "#lib/connectors/sftp/client.ts";
import { SFTP_STATUS, SftpError } from "#lib/connectors/sftp/sftp-error.ts";
import { parentOf, unlinkIfThere, type SftpStore } from "#lib/connectors/sftp/store.ts";
import { writeNewFile } from "#lib/connectors/sftp/write-file.ts";

const FOLDER_MODE = 0o700;
/** A disk with less is full, whatever it says: what was just refused is gone again when one asks. */
const FULL_BELOW_BYTES = 1024 * 1024;

/** Stores `body` under a name of its own first, and gives it that of `key` when it is whole. See DestinationSession.put. */
export async function putFile(
  { client, root, ...store }: SftpStore,
  key: string,
  body: Readable,
  options?: PutOptions,
): Promise<{ sizeBytes: number }> {
  const file = store.pathOf(key);
  const folder = parentOf(file);
  if (await client.lstatOrNull(file)) throw exists(key);
  await store.assertThere();
  const changed = await whereRoom(client, root, () => makeFolders(client, folder, root));
  const name = options?.unfinishedName ?? unfinishedName();
  await options?.onUploadId?.(name);
  const unfinished = `${folder}/${name}`;
  try {
    const write = () => writeNewFile(client, unfinished, body);
    const sizeBytes = await whereRoom(client, folder, write, { written: true });
    await whereRoom(client, folder, () => nameExclusively(client, unfinished, file, key));
    for (const each of changed) await syncFolder(client, each);
    await unlinkIfThere(client, unfinished);
    return { sizeBytes };
  } catch (error) {
    // What cannot be removed now is known by its name, and swept later.
    await unlinkIfThere(client, unfinished).catch(() => false);
    throw error;
  }
}

/** The folders whose names changed, deepest first: `folder` itself, and those in which a new one was made. `root` is never made. */
async function makeFolders(client: SftpClient, folder: string, root: string): Promise<string[]> {
  if (folder === root || (await client.lstatOrNull(folder))) return [folder];
  const above = await makeFolders(client, parentOf(folder), root);
  try {
    await client.mkdir(folder, FOLDER_MODE);
  } catch (error) {
    // Another may have made it meanwhile, of which version 3 has no word of its own.
    if (!(error instanceof SftpError) || !(await client.lstatOrNull(folder))) throw error;
  }
  return [folder, ...above];
}

/**
 * Gives the finished file its name. A hard link never replaces what has that name meanwhile; where the server makes none, version 3's own renaming does
 * not either (OpenSSH), or the moment between look and rename is nobody's, because keys are used once.
 */
async function nameExclusively(client: SftpClient, unfinished: string, file: string, key: string): Promise<void> {
  try {
    if (await client.link(unfinished, file)) return;
  } catch (error) {
    // A file system without hard links says so in as many ways as there are systems.
    if (!(error instanceof SftpError)) throw error;
  }
  if (await client.lstatOrNull(file)) throw exists(key);
  try {
    await client.rename(unfinished, file);
  } catch (error) {
    if (error instanceof SftpError && (await client.lstatOrNull(file))) throw exists(key);
    throw error;
  }
}

/** Makes new names survive a power cut, where the server opens folders as files; others give no way to. */
async function syncFolder(client: SftpClient, folder: string): Promise<void> {
  try {
    const handle = await client.open(folder, "r");
    await client.fsync(handle, folder).finally(() => client.close(handle, folder));
  } catch (error) {
    if (!(error instanceof SftpError)) throw error;
  }
}

/**
 * Version 3 has no word for a full disk, so after a failure the room on it is looked at. Where the server does not tell that either, a failure while bytes
 * are `written` is taken for it, because it hardly ever is anything else.
 */
async function whereRoom<T>(client: SftpClient, folder: string, work: () => Promise<T>, { written = false } = {}): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SftpError) || error.status !== SFTP_STATUS.failure) throw error;
    const free = await client.freeSpace(folder).catch(() => null);
    if (free ? free.freeBytes >= FULL_BELOW_BYTES && free.freeFiles !== 0 : !written) throw error;
    const sentence = free
      ? "The disk of the server that holds this folder is full; make room and try again."
      : "The server took no more bytes and does not say why; most likely its disk is full or the user's quota used up: make room and try again.";
    throw new DestinationError("full", sentence, { cause: error });
  }
}

function exists(key: string): DestinationError {
  return new DestinationError("exists", `There is already an object “${key}”.`);
}
