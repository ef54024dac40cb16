import { CaptureError } from "#lib/connectors/errors.ts";
import { describe } from "#lib/connectors/folder/walk.ts";
import type { SftpClient } from "#lib/connectors/sftp/client.ts";
import { SFTP_STATUS, SftpError } from "#lib/connectors/sftp/sftp-error.ts";

/** The absolute path, links resolved, of the folder that the user named. Throws CaptureError when it is none. */
export async function openRoot(client: SftpClient, wanted: string): Promise<string> {
  try {
    const root = await client.realpath(wanted);
    if (describe("", await client.lstat(root)).type === "directory") return root;
  } catch (error) {
    if (!(error instanceof SftpError)) throw error;
    const reason =
      error.status === SFTP_STATUS.denied
        ? "may not be opened by this user; give it the right"
        : "does not exist on the server; check the path";
    throw new CaptureError(`The folder “${wanted}” ${reason}.`, { cause: error });
  }
  throw new CaptureError(`“${wanted}” is not a folder; name the folder that holds it and include it by a pattern.`);
}
