import type { Stats } from "ssh2";
import { CaptureError } from "#lib/connectors/errors.ts";
import type { Selection } from "#lib/connectors/folder/globs.ts";
import { explainSftpError } from "#lib/connectors/folder/explain.ts";
import type { SftpClient } from "#lib/connectors/sftp/client.ts";

export interface Found {
  /** Relative to the root, "/" between names. */
  path: string;
  type: "file" | "directory" | "symlink" | "special";
  sizeBytes: number;
  mode: number;
  modifiedAt: Date;
}

/**
 * Everything below `root` that `selection` takes, depth first, names sorted, a folder before what is in it; links are not followed.
 * Memory holds the folders on the way, not the tree. With include patterns a folder is told only when something in it is taken.
 * Throws CaptureError naming the folder that cannot be listed.
 */
export async function* walk(client: SftpClient, root: string, selection: Selection): AsyncGenerator<Found, void, undefined> {
  yield* walkFolder(client, root, "", [], selection);
}

/** `untold` are the folders on the way, shared by all levels, that wait for something in them. */
async function* walkFolder(
  client: SftpClient,
  root: string,
  folder: string,
  untold: Found[],
  selection: Selection,
): AsyncGenerator<Found, void, undefined> {
  for (const { name, attributes } of await list(client, root, folder)) {
    const found = describe(folder === "" ? name : `${folder}/${name}`, attributes);
    if (selection.prunes(found.path)) continue;
    if (found.type === "directory") {
      untold.push(found);
      if (selection.takes(found.path)) yield* untold.splice(0);
      yield* walkFolder(client, root, found.path, untold, selection);
      if (untold.at(-1) === found) untold.pop();
    } else if (selection.takes(found.path)) {
      yield* untold.splice(0);
      yield found;
    }
  }
}

async function list(client: SftpClient, root: string, folder: string) {
  try {
    return await client.readdir(absolute(root, folder));
  } catch (error) {
    throw explainSftpError(
      error,
      (reason) => new CaptureError(`The folder “${folder || root}” could not be listed: ${reason}`, { cause: error }),
    );
  }
}

/** The server's path of something below `root`. */
export function absolute(root: string, relative: string): string {
  if (relative === "") return root;
  return root === "/" ? `/${relative}` : `${root}/${relative}`;
}

/** File types as in POSIX's st_mode, which SFTP version 3 passes on. */
const TYPE_MASK = 0o170000;
const TYPES: Record<number, Found["type"]> = { 0o100000: "file", 0o040000: "directory", 0o120000: "symlink" };

export function describe(path: string, attributes: Stats): Found {
  return {
    path,
    type: TYPES[attributes.mode & TYPE_MASK] ?? "special",
    sizeBytes: attributes.size,
    mode: attributes.mode & 0o7777,
    modifiedAt: new Date(attributes.mtime * 1000),
  };
}
