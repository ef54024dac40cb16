import { absolute, describe, type Found } from "#lib/connectors/folder/walk.ts";
import type { SftpClient } from "#lib/connectors/sftp/client.ts";
import { SFTP_STATUS, SftpError } from "#lib/connectors/sftp/sftp-error.ts";

/** Looks at the live folder without ever following a link in it. */
export interface LiveTree {
  /** What is at `path`, or null; null too when a folder on the way is missing or is none. */
  find(path: string): Promise<Found | null>;
  /** Why nothing may be written at `path`: a folder on the way is a link, or no folder. Null when it may; missing folders are fine. */
  parentProblem(path: string): Promise<string | null>;
  /** Forgets what was seen, after something was made. */
  forget(path: string): void;
}

export function createLiveTree(client: SftpClient, root: string): LiveTree {
  const folders = new Map<string, string | null>();

  async function find(path: string): Promise<Found | null> {
    if (await parentProblem(path)) return null;
    try {
      const attributes = await client.lstatOrNull(absolute(root, path));
      return attributes && describe(path, attributes);
    } catch (error) {
      if (error instanceof SftpError && error.status === SFTP_STATUS.failure) return null;
      throw error;
    }
  }

  async function parentProblem(path: string): Promise<string | null> {
    const parent = path.split("/").slice(0, -1).join("/");
    if (parent === "") return null;
    const known = folders.get(parent);
    if (known !== undefined) return known;
    const problem = (await parentProblem(parent)) ?? problemOf(await find(parent));
    folders.set(parent, problem);
    return problem;
  }

  return { find, parentProblem, forget: (path) => folders.delete(path) };
}

function problemOf(parent: Found | null): string | null {
  if (parent === null || parent.type === "directory") return null;
  if (parent.type === "symlink") return `“${parent.path}” is a link on the server, and links are not followed`;
  return `“${parent.path}” is no folder on the server`;
}
