import type { DestinationConnector } from "#lib/connectors/connector.ts";
import { ftpConfig, type FtpConfig, warningsOf } from "#lib/connectors/ftp/config.ts";
import { observeFtpServer } from "#lib/connectors/ftp/observe.ts";
import { openFtpSession } from "#lib/connectors/ftp/session.ts";

/** A folder on any FTP server, with or without TLS. */
export const ftp: DestinationConnector<FtpConfig> = {
  kind: "ftp",
  label: "FTP server",
  description:
    "Keeps archives in a folder of an FTP server, such as a network storage or a web host. Over TLS, unless the server has none.",
  config: ftpConfig,
  open: openFtpSession,
  observe: observeFtpServer,
  warnings: warningsOf,
};
