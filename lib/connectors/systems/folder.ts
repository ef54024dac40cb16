import type { SystemConnector, SystemContext } from "#lib/connectors/connector.ts";
import { applyFolderRestore } from "#lib/connectors/folder/apply.ts";
import { captureFolder } from "#lib/connectors/folder/capture.ts";
import { checkFolder } from "#lib/connectors/folder/check.ts";
import { folderConfig, type FolderConfig } from "#lib/connectors/folder/config.ts";
import { createSelection } from "#lib/connectors/folder/globs.ts";
import { NOT_IN_FOLDER_BACKUPS } from "#lib/connectors/folder/not-in-backup.ts";
import { openRoot } from "#lib/connectors/folder/open-root.ts";
import { planFolderRestore } from "#lib/connectors/folder/plan.ts";
import { validateFolder } from "#lib/connectors/folder/validate.ts";
import type { SftpClient } from "#lib/connectors/sftp/client.ts";
import { openSftp } from "#lib/connectors/sftp/connect.ts";

/** Files of any server that speaks SFTP. */
export const folder: SystemConnector<FolderConfig> = {
  kind: "folder",
  label: "Folder over SFTP",
  description: "Files of a server that you reach by SSH: a web server's configuration, a router's, a home directory's.",
  config: folderConfig,
  notInBackup: NOT_IN_FOLDER_BACKUPS,
  validate: validateFolder,
  check: checkFolder,

  async capture(config, context) {
    const client = await openSftp(config, context);
    try {
      // From here on the entries own the client, and close it when they end.
      return await captureFolder(client, await openRoot(client, config.path), createSelection(config.include, config.exclude));
    } catch (error) {
      client.end();
      context.signal.throwIfAborted();
      throw error;
    }
  },

  planRestore: (config, archive, context) =>
    withRoot(config, context, (client, root) =>
      planFolderRestore(
        client,
        { root, user: config.user, selection: createSelection(config.include, config.exclude) },
        archive,
        context.signal,
      ),
    ),

  applyRestore: (config, archive, context, progress) =>
    withRoot(config, context, (client, root) => applyFolderRestore(client, root, archive, context.signal, progress)),
};

async function withRoot<T>(
  config: FolderConfig,
  context: SystemContext,
  work: (client: SftpClient, root: string) => Promise<T>,
): Promise<T> {
  const client = await openSftp(config, context);
  try {
    return await work(client, await openRoot(client, config.path));
  } catch (error) {
    context.signal.throwIfAborted();
    throw error;
  } finally {
    client.end();
  }
}
