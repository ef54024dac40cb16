import { addAbortSignal, Readable } from "node:stream";
import type { ConnectorContext, DestinationSession, PutOptions } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import type { FtpConfig } from "#lib/connectors/ftp/config.ts";
import { accessOf, type FtpConnection } from "#lib/connectors/ftp/connection.ts";
import { FtpConnections } from "#lib/connectors/ftp/connections.ts";
import { explainFtpError, type FtpAction } from "#lib/connectors/ftp/explain.ts";
import { listFolder, removeFile, statFile } from "#lib/connectors/ftp/files.ts";
import { getPart } from "#lib/connectors/ftp/get.ts";
import { abortUpload, putFile } from "#lib/connectors/ftp/put.ts";
import { FtpReplyError } from "#lib/connectors/ftp/reply.ts";
import { assertObjectKey, UNFINISHED_PREFIX } from "#lib/connectors/object-key.ts";

type Range = { offsetBytes: number; lengthBytes: number };

/** Opens a session after a first sign-in, which proves address, certificate, credentials and folder. */
export async function openFtpSession(config: FtpConfig, context: ConnectorContext): Promise<DestinationSession> {
  const { signal } = context;
  const connections = new FtpConnections(accessOf(config, context), signal);
  try {
    await connections.short(() => Promise.resolve());
  } catch (error) {
    await connections.close();
    throw explainFtpError(error, "look at", config.folder);
  }
  return sessionOf(config, connections, signal);
}

function sessionOf(config: FtpConfig, connections: FtpConnections, signal: AbortSignal): DestinationSession {
  const short = <T>(action: FtpAction, key: string, work: (connection: FtpConnection, path: string) => Promise<T>) =>
    explained(action, key, () => {
      assertObjectKey(key);
      return connections.short((connection) => work(connection, pathOf(connection, key)));
    });
  return {
    put: (key, body, options) => put(connections, signal, key, body, options),
    get: (key, range) => explained("read", key, () => get(connections, signal, key, range)),
    stat: (key) => short("look at", key, statFile),
    list: (folder) => listBelow(folder, (key) => short("list", key, listFolder)),
    folders: () => listTop(connections, config.folder),
    remove: (key) => short("remove", key, removeFile),
    abortUpload: (key, uploadId) => short("remove", key, (connection, path) => abortUpload(connection, path, uploadId)),
    close: () => connections.close(),
  };
}

async function put(
  connections: FtpConnections,
  signal: AbortSignal,
  key: string,
  body: Readable,
  options: PutOptions | undefined,
): Promise<{ sizeBytes: number }> {
  // It may break before anybody reads it.
  body.on("error", () => undefined);
  try {
    assertObjectKey(key);
    const { connection, giveBack } = await connections.borrow();
    try {
      return await putFile(connection, {
        key,
        path: pathOf(connection, key),
        body,
        options,
        signal,
        afterwards: (work) => connections.afterwards(work),
      });
    } finally {
      giveBack();
    }
  } catch (error) {
    // An error of the body is its source's and stays as it is.
    throw body.errored === error && !(error instanceof FtpReplyError) ? error : explainFtpError(error, "write", key);
  } finally {
    body.destroy();
  }
}

async function get(connections: FtpConnections, signal: AbortSignal, key: string, range: Range | undefined): Promise<Readable> {
  assertObjectKey(key);
  const { connection, giveBack } = await connections.borrow();
  try {
    const path = pathOf(connection, key);
    const found = await statFile(connection, path);
    if (!found) throw new DestinationError("missing", `There is no object “${key}”.`);
    const offsetBytes = range?.offsetBytes ?? 0;
    const lengthBytes = Math.max(0, Math.min(range?.lengthBytes ?? Infinity, found.sizeBytes - offsetBytes));
    const part = { path, key, offsetBytes, lengthBytes, isTail: offsetBytes + lengthBytes === found.sizeBytes };
    if (lengthBytes > 0) return addAbortSignal(signal, await getPart(connection, part, signal, giveBack));
  } catch (error) {
    giveBack();
    throw error;
  }
  giveBack();
  return Readable.from([]);
}

/** A folder at a time, so that no connection is held while the caller works. */
async function* listBelow(
  folder: string,
  read: (key: string) => ReturnType<typeof listFolder>,
): AsyncGenerator<{ key: string; sizeBytes: number }> {
  const folders = [folder];
  for (let current = folders.pop(); current !== undefined; current = folders.pop()) {
    for (const { name, type, sizeBytes } of (await read(current)) ?? []) {
      const key = `${current}/${name}`;
      if (type === "other" || name.startsWith(UNFINISHED_PREFIX) || !isObjectKey(key)) continue;
      if (type === "directory") folders.push(key);
      else if (sizeBytes !== null) yield { key, sizeBytes };
      else throw new DestinationError("not-understood", "The server does not tell the size of its files.");
    }
  }
}

async function* listTop(connections: FtpConnections, top: string): AsyncGenerator<string> {
  const entries = await explained("list", top, () => connections.short((connection) => listFolder(connection, connection.base)));
  for (const { name, type } of entries ?? []) if (type === "directory" && isObjectKey(name)) yield name;
}

/** A name that can be no key is somebody else's file. */
function isObjectKey(key: string): boolean {
  try {
    assertObjectKey(key);
    return true;
  } catch {
    return false;
  }
}

function pathOf({ base }: FtpConnection, key: string): string {
  return `${base}/${key}`;
}

async function explained<T>(action: FtpAction, key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainFtpError(error, action, key);
  }
}
