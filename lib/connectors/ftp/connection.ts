import type { Socket } from "node:net";
import type { ConnectorContext, Timeouts } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import type { FtpConfig } from "#lib/connectors/ftp/config.ts";
import type { FtpControl } from "#lib/connectors/ftp/control.ts";
import { speakTls, type TlsSessions } from "#lib/connectors/ftp/tls.ts";
import type { AddressGuard } from "#lib/net/address-guard.ts";

/** What every connection of a session is made with. */
export interface FtpAccess {
  readonly config: FtpConfig;
  readonly network: AddressGuard;
  readonly timeouts: Timeouts;
}

/** Signed in, in binary mode, with all paths absolute: the working folder means nothing. */
export interface FtpConnection extends FtpAccess {
  readonly control: FtpControl;
  /** Upper-case names of what the server said it can do (RFC 2389). */
  readonly features: ReadonlySet<string>;
  /** The destination's folder, without a trailing slash; "" for the root. */
  readonly base: string;
  /** For data connections to resume. */
  readonly sessions: TlsSessions;
  /** The server refused EPSV once. */
  needsPasv: boolean;
}

const TIMEOUTS: Timeouts = { connectMs: 20_000, idleMs: 120_000 };

export function accessOf(config: FtpConfig, { network, timeouts = TIMEOUTS }: ConnectorContext): FtpAccess {
  return { config, network, timeouts };
}

export const isSecured = ({ security }: Pick<FtpConfig, "security">): boolean => security !== "plain";

/** Opens TLS over a data socket under the same conditions as the control connection had. */
export async function secureData(connection: FtpConnection, socket: Socket): Promise<Socket> {
  if (!isSecured(connection.config)) return socket;
  const { config, control, timeouts, sessions } = connection;
  return speakTls(socket, { config, server: control.server, timeoutMs: timeouts.connectMs, sessions });
}

/** Opens the data connection's socket: to the port that the server names, on the very host that the control connection goes to. */
export async function dialData(connection: FtpConnection, signal: AbortSignal | undefined): Promise<Socket> {
  const port = await passivePort(connection);
  const { control, network, timeouts } = connection;
  const host = control.socket.remoteAddress;
  if (host === undefined) throw new DestinationError("unreachable", `The connection to ${control.server} was lost; try again.`);
  try {
    return await network.connect({ host, port, signal, timeoutMs: timeouts.connectMs });
  } catch (error) {
    // The server waits for a caller that will not come: what it says next could belong to anything.
    control.destroy(new DestinationError("unreachable", `The connection to ${control.server} was given up; try again.`));
    signal?.throwIfAborted();
    const text = `The server ${control.server} named port ${port} for the data, and nobody answers there; open its passive ports in the firewalls between.`;
    throw new DestinationError("unreachable", text, { cause: error });
  }
}

/** Lowest port that a server may name for data: below it lie other services of its host. */
const MIN_DATA_PORT = 1024;

async function passivePort(connection: FtpConnection): Promise<number> {
  const port = (await extendedPassivePort(connection)) ?? (await oldPassivePort(connection));
  if (port !== null && port >= MIN_DATA_PORT && port <= 65_535) return port;
  throw new DestinationError(
    "not-understood",
    `The server ${connection.control.server} names no port for the data; let it offer passive mode.`,
  );
}

/** EPSV (RFC 2428) names no address at all. Null when the server does not know it. */
async function extendedPassivePort(connection: FtpConnection): Promise<number | null> {
  if (connection.needsPasv) return null;
  const reply = await connection.control.ask("EPSV", connection.timeouts.idleMs);
  const port = reply.code === 229 ? /\((.)[^)]*?\1(\d{1,5})\1\)/.exec(reply.lines.join(" "))?.[2] : undefined;
  if (port !== undefined) return Number(port);
  connection.needsPasv = true;
  return null;
}

/** PASV names an address too, which is not looked at. */
async function oldPassivePort(connection: FtpConnection): Promise<number | null> {
  const reply = await connection.control.request("PASV", connection.timeouts.idleMs);
  const bytes = /\d{1,3},\d{1,3},\d{1,3},\d{1,3},(\d{1,3}),(\d{1,3})/.exec(reply.lines.join(" "));
  return reply.code === 227 && bytes ? Number(bytes[1]) * 256 + Number(bytes[2]) : null;
}
