import type { Stats } from "ssh2";
import { DestinationError } from "#lib/connectors/errors.ts";
import { assertObjectKey } from "#lib/connectors/object-key.ts";
import type { DirectoryEntry, SftpClient } from "#lib/connectors/sftp/client.ts";
import { SFTP_STATUS, SftpError } from "#lib/connectors/sftp/sftp-error.ts";

/** A folder on a server, and where the objects of a destination lie in it. */
export interface SftpStore {
  client: SftpClient;
  /** Absolute, links resolved. */
  root: string;
  /** Throws DestinationError "invalid-key". */
  pathOf(key: string): string;
  folderOf(key: string): string;
  /** Throws DestinationError when the folder itself is gone: else every object would seem to be missing. */
  assertThere(): Promise<void>;
  /** Without what is there: none. */
  readdir(path: string): Promise<DirectoryEntry[]>;
}

/** Throws DestinationError "refused" with the mend when `wanted` is no folder of the server. */
export async function openStore(client: SftpClient, wanted: string): Promise<SftpStore> {
  try {
    return storeAt(client, await rootOf(client, wanted));
  } catch (error) {
    client.end();
    throw error;
  }
}

async function rootOf(client: SftpClient, wanted: string): Promise<string> {
  try {
    // Some servers resolve names that are not there, too.
    const root = await client.realpath(wanted);
    if (typeOf(await client.lstat(root)) === "directory") return root;
  } catch (error) {
    if (!(error instanceof SftpError)) throw error;
    const reason =
      error.status === SFTP_STATUS.denied
        ? "may not be opened by this user; give the user the right"
        : "does not exist on the server; create it, or check the path";
    throw new DestinationError("refused", `The folder “${wanted}” ${reason}.`, { cause: error });
  }
  throw new DestinationError("refused", `“${wanted}” is not a folder; name one.`);
}

function storeAt(client: SftpClient, root: string): SftpStore {
  const pathOf = (key: string) => {
    assertObjectKey(key);
    return root === "/" ? `/${key}` : `${root}/${key}`;
  };
  const assertThere = async () => {
    const found = await client.lstatOrNull(root);
    if (found && typeOf(found) === "directory") return;
    throw new DestinationError("failed", "The folder on the server is gone; check that its disk is mounted.");
  };
  return {
    client,
    root,
    pathOf,
    folderOf: (key) => parentOf(pathOf(key)),
    assertThere,
    async readdir(path) {
      try {
        return await client.readdir(path);
      } catch (error) {
        if (!(error instanceof SftpError) || error.status !== SFTP_STATUS.missing) throw error;
        await assertThere();
        return [];
      }
    },
  };
}

/** The folder that an absolute path lies in. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** False when nothing was there. */
export async function unlinkIfThere(client: SftpClient, path: string): Promise<boolean> {
  try {
    await client.unlink(path);
    return true;
  } catch (error) {
    if (error instanceof SftpError && error.status === SFTP_STATUS.missing) return false;
    throw error;
  }
}

/** File types as in POSIX's st_mode, which SFTP version 3 passes on. */
const TYPE_MASK = 0o170000;
const TYPES: Record<number, "file" | "directory"> = { 0o100000: "file", 0o040000: "directory" };

export function typeOf(attributes: Stats): "file" | "directory" | "other" {
  return TYPES[attributes.mode & TYPE_MASK] ?? "other";
}
