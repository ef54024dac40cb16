import type { ConnectorContext, Observation } from "#lib/connectors/connector.ts";
import type { FtpConfig } from "#lib/connectors/ftp/config.ts";
import { lookAtServer, serverOf } from "#lib/connectors/ftp/connect.ts";
import { accessOf, isSecured } from "#lib/connectors/ftp/connection.ts";
import { explainFtpError } from "#lib/connectors/ftp/explain.ts";

/** Shows the certificate, or compares the one that is pinned. Nobody signs in. */
export async function observeFtpServer(config: FtpConfig, context: ConnectorContext): Promise<Observation> {
  const server = serverOf(config);
  const confirmed = (detail: string): Observation => ({ detail, observed: {}, mayGoOn: true });
  if (!isSecured(config)) return confirmed(`By plain FTP nothing proves that it is ${server} that answers.`);
  try {
    const certificate = await lookAtServer(accessOf(config, context), context.signal);
    if (config.tlsTrust === "authorities") return confirmed(`A known authority vouches for the certificate of ${server}.`);
    if (config.certificate) return confirmed(`The certificate is the pinned one, ${config.certificate}.`);
    const detail = `The certificate of ${server} has the fingerprint ${certificate} (SHA-256). Compare it with the server's own.`;
    return { detail, observed: { certificate }, mayGoOn: false };
  } catch (error) {
    throw explainFtpError(error, "look at", server);
  }
}
