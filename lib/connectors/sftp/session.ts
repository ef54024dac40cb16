import { addAbortSignal, Readable } from "node:stream";
import type { ConnectorContext, DestinationSession } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import { UNFINISHED_PREFIX } from "#lib/connectors/object-key.ts";
import type { SftpClient } from "#lib/connectors/sftp/client.ts";
import { openSftp } from "#lib/connectors/sftp/connect.ts";
import type { SftpDestinationConfig } from "#lib/connectors/sftp/destination-config.ts";
import { explainSftpError, type SftpAction } from "#lib/connectors/sftp/explain.ts";
import { putFile } from "#lib/connectors/sftp/put.ts";
import { readFileChunks } from "#lib/connectors/sftp/read-file.ts";
import { openStore, typeOf, unlinkIfThere, type SftpStore } from "#lib/connectors/sftp/store.ts";

const UNFINISHED_NAME = new RegExp(`^${UNFINISHED_PREFIX.replace(".", "\\.")}[0-9a-f-]{36}$`);

/** Opens a session that keeps objects as files below the configured folder. Throws DestinationError. */
export async function openSftpSession(config: SftpDestinationConfig, context: ConnectorContext): Promise<DestinationSession> {
  try {
    const client = await connect(config, context);
    return sessionOf(client, await openStore(client, config.path), context.signal);
  } catch (error) {
    throw explainSftpError(error, config.path, "looked at");
  }
}

/** After this, aborting no longer breaks the connection: what was begun is yet to be removed over it. */
async function connect(config: SftpDestinationConfig, context: ConnectorContext): Promise<SftpClient> {
  const connecting = new AbortController();
  const onAbort = () => connecting.abort(context.signal.reason);
  context.signal.addEventListener("abort", onAbort);
  try {
    if (context.signal.aborted) onAbort();
    return await openSftp(config, { ...context, signal: connecting.signal });
  } finally {
    context.signal.removeEventListener("abort", onAbort);
  }
}

function sessionOf(client: SftpClient, store: SftpStore, signal: AbortSignal): DestinationSession {
  return {
    put: async (key, body, options) => {
      // At once: a body that breaks before it is read must find somebody who listens, also where the signal has aborted already.
      body.on("error", () => undefined);
      addAbortSignal(signal, body);
      try {
        return await putFile(store, key, body, options);
      } catch (error) {
        // An error of the body is its source's and stays as it is.
        throw error === body.errored ? error : explainSftpError(error, key, "written");
      } finally {
        body.destroy();
      }
    },
    get: (key, range) => explained(key, "read", () => getFile(store, key, signal, range)),
    stat: (key) =>
      explained(key, "looked at", async () => {
        signal.throwIfAborted();
        return statFile(store, key);
      }),
    list: (folder) => listFiles(store, folder, signal),
    folders: () => listFolders(store, signal),
    remove: (key) =>
      explained(key, "removed", async () => {
        signal.throwIfAborted();
        await removeFile(store, store.pathOf(key));
      }),
    abortUpload: (key, uploadId) =>
      explained(key, "removed", async () => {
        const folder = store.folderOf(key);
        if (!UNFINISHED_NAME.test(uploadId)) throw new DestinationError("invalid-key", "This is not the name of an unfinished file.");
        await removeFile(store, `${folder}/${uploadId}`);
      }),
    close: () => {
      client.end();
      return Promise.resolve();
    },
  };
}

async function getFile(
  store: SftpStore,
  key: string,
  signal: AbortSignal,
  range?: { offsetBytes: number; lengthBytes: number },
): Promise<Readable> {
  signal.throwIfAborted();
  const found = await statFile(store, key);
  if (!found) throw new DestinationError("missing", `There is no object “${key}”.`);
  const offsetBytes = Math.min(range?.offsetBytes ?? 0, found.sizeBytes);
  const lengthBytes = Math.min(range?.lengthBytes ?? Infinity, found.sizeBytes - offsetBytes);
  if (lengthBytes === 0) return Readable.from([]);
  const chunks = explainedChunks(key, readFileChunks(store.client, store.pathOf(key), lengthBytes, offsetBytes));
  return addAbortSignal(signal, Readable.from(chunks, { objectMode: false }));
}

async function* explainedChunks(key: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* chunks;
  } catch (error) {
    throw explainSftpError(error, key, "read");
  }
}

/** Only files are objects; a folder of that name is none. */
async function statFile(store: SftpStore, key: string): Promise<{ sizeBytes: number } | null> {
  const found = await store.client.lstatOrNull(store.pathOf(key));
  if (!found) await store.assertThere();
  return found && typeOf(found) === "file" ? { sizeBytes: found.size } : null;
}

/** Real files only: a link is nobody's object, and an unfinished one is none yet. */
async function* listFiles(store: SftpStore, folder: string, signal: AbortSignal): AsyncGenerator<{ key: string; sizeBytes: number }> {
  signal.throwIfAborted();
  for (const { name, attributes } of await explained(folder, "listed", () => store.readdir(store.pathOf(folder)))) {
    const key = `${folder}/${name}`;
    const type = typeOf(attributes);
    if (type === "directory") yield* listFiles(store, key, signal);
    else if (type === "file" && !UNFINISHED_NAME.test(name)) yield { key, sizeBytes: attributes.size };
  }
}

async function* listFolders(store: SftpStore, signal: AbortSignal): AsyncGenerator<string> {
  signal.throwIfAborted();
  const found = await explained(store.root, "listed", () => store.readdir(store.root));
  for (const { name, attributes } of found) if (typeOf(attributes) === "directory") yield name;
}

async function removeFile(store: SftpStore, file: string): Promise<void> {
  if (!(await unlinkIfThere(store.client, file))) await store.assertThere();
}

async function explained<T>(key: string, action: SftpAction, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainSftpError(error, key, action);
  }
}
