import type { DestinationConnector } from "#lib/connectors/connector.ts";
import { observeHostKey } from "#lib/connectors/sftp/connect.ts";
import { sftpDestinationConfig, type SftpDestinationConfig } from "#lib/connectors/sftp/destination-config.ts";
import { explainSftpError } from "#lib/connectors/sftp/explain.ts";
import { openSftpSession } from "#lib/connectors/sftp/session.ts";

/** A folder of any server that speaks SFTP. */
export const sftp: DestinationConnector<SftpDestinationConfig> = {
  kind: "sftp",
  label: "Folder over SFTP",
  description: "Keeps archives in a folder of a server that you reach by SSH: a NAS, a storage box, another machine of yours.",
  config: sftpDestinationConfig,
  open: openSftpSession,

  async observe(config, context) {
    try {
      const seen = await observeHostKey(config, context);
      if (config.hostKey) return { detail: `Its host key is the pinned one, ${config.hostKey}.`, observed: {}, mayGoOn: true };
      return {
        detail: `Its host key is ${seen}. Compare it with the server's own (ssh-keygen -l).`,
        observed: { hostKey: seen },
        mayGoOn: config.authentication === "privateKey",
      };
    } catch (error) {
      throw explainSftpError(error, config.path, "looked at");
    }
  },
};
