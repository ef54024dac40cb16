import { addAbortSignal, Readable } from "node:stream";
import type { PutOptions } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import type { FtpConnection } from "#lib/connectors/ftp/connection.ts";
import { isFull, isProbablyFull } from "#lib/connectors/ftp/explain.ts";
import { ensureFolder, folderOf, removeFile, statFile } from "#lib/connectors/ftp/files.ts";
import { assertAbsent, nameOnce, type Naming, releaseName, turnOf, undo } from "#lib/connectors/ftp/name-once.ts";
import { FtpReplyError } from "#lib/connectors/ftp/reply.ts";
import { upload } from "#lib/connectors/ftp/transfer.ts";
import { UNFINISHED_PREFIX, unfinishedName } from "#lib/connectors/object-key.ts";

const UNFINISHED_NAME = new RegExp(`^${UNFINISHED_PREFIX.replace(".", "\\.")}[0-9a-f-]{36}$`);

const PROBE_BYTES = 64 * 1024;

export interface Put {
  key: string;
  /** Where the object goes. */
  path: string;
  body: Readable;
  options: PutOptions | undefined;
  signal: AbortSignal;
  /** Cleans up over a connection of its own, also after an abort. */
  afterwards: <T>(work: (connection: FtpConnection) => Promise<T>) => Promise<T>;
}

/** Stores under a temporary name, and gives the file its own once the server holds as many bytes as were sent. */
export async function putFile(connection: FtpConnection, put: Put): Promise<{ sizeBytes: number }> {
  const { key, path, body, options, signal } = put;
  // At once: a body that breaks before it is read must find somebody who listens.
  body.on("error", () => undefined);
  await assertAbsent(connection, path, key);
  const unfinished = `${folderOf(path)}/${options?.unfinishedName ?? unfinishedName()}`;
  await options?.onUploadId?.(unfinished.slice(unfinished.lastIndexOf("/") + 1));
  const naming: Naming = { from: unfinished, to: path, key, sizeBytes: null, hasTurn: false };
  try {
    await ensureFolder(connection, folderOf(path));
    const sizeBytes = await upload(connection, unfinished, addAbortSignal(signal, body), signal);
    await assertWhole(connection, unfinished, sizeBytes);
    await nameOnce(connection, naming, sizeBytes);
    return { sizeBytes };
  } catch (error) {
    const working = cleaner(connection, put);
    const mayBeFull = !naming.hasTurn && !signal.aborted && isUnclear(error);
    const clearer = mayBeFull ? await working((asking) => askForRoom(asking, naming, signal)) : null;
    // What went wrong is what has to be told; a file that stays is given up by its name later.
    await working((tidying) => undo(tidying, naming));
    throw clearer ?? error;
  }
}

/** Does things over `connection`, where it is lost over new ones, until one cannot be had: each would be waited for. Null for what failed. */
function cleaner(connection: FtpConnection, { afterwards }: Put) {
  let mayConnect = true;
  return async <T>(work: (connection: FtpConnection) => Promise<T>): Promise<T | null> => {
    if (connection.control.isUsable) return work(connection).catch(() => null);
    if (!mayConnect) return null;
    mayConnect = false;
    return afterwards((fresh) => {
      mayConnect = true;
      return work(fresh);
    }).catch(() => null);
  };
}

/** Gives up what a dead process left. Throws DestinationError when `uploadId` is no name of an unfinished file. */
export async function abortUpload(connection: FtpConnection, path: string, uploadId: string): Promise<void> {
  if (!UNFINISHED_NAME.test(uploadId)) throw new DestinationError("invalid-key", "This is not the name of an unfinished file.");
  await removeFile(connection, `${folderOf(path)}/${uploadId}`);
  await releaseName(connection, path);
}

/** Whether it may be for want of room that storing failed, and the server did not say so. */
function isUnclear(error: unknown): boolean {
  if (error instanceof FtpReplyError) return !isFull(error);
  return error instanceof DestinationError && (error.code === "unreachable" || error.code === "failed");
}

/**
 * The server's own word that there is no room left; null when it has none. Some call it an input/output error when only a part of a write found room, some
 * just close the data connection or fall silent. Of the next file, while the first still lies there, nothing finds room, and so they say.
 */
async function askForRoom(connection: FtpConnection, { to }: Naming, signal: AbortSignal): Promise<FtpReplyError | null> {
  const path = turnOf(to);
  const refusal: unknown = await upload(connection, path, Readable.from([Buffer.alloc(PROBE_BYTES)]), signal).catch(
    (reason: unknown) => reason,
  );
  if (connection.control.isUsable) await removeFile(connection, path);
  return refusal instanceof FtpReplyError && (isFull(refusal) || isProbablyFull(refusal)) ? refusal : null;
}

/** A data connection that was cut looks to the server like the end of the file. */
async function assertWhole(connection: FtpConnection, path: string, sizeBytes: number): Promise<void> {
  const stored = await statFile(connection, path);
  if (stored?.sizeBytes === sizeBytes) return;
  const text = `The server kept ${stored?.sizeBytes ?? 0} of the ${sizeBytes} bytes that were sent; check its disk and the network, and try again.`;
  throw new DestinationError("failed", text);
}
