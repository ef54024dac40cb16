import type { Socket } from "node:net";
import ssh2 from "ssh2";
import type { ConnectorContext } from "#lib/connectors/connector.ts";
import { SftpClient } from "#lib/connectors/sftp/client.ts";
import { algorithmsFor, describeHostKey, matchesPinned, parsePinnedHostKey } from "#lib/connectors/sftp/host-key.ts";
import { assertPrivateKey } from "#lib/connectors/sftp/private-key.ts";
import type { SftpConnection } from "#lib/connectors/sftp/requests.ts";
import { SshError, translateSshError } from "#lib/connectors/sftp/ssh-error.ts";

export interface SshConfig {
  host: string;
  port: number;
  user: string;
  authentication: "password" | "privateKey";
  password?: string | undefined;
  privateKey?: string | undefined;
  privateKeyPassphrase?: string | undefined;
  /** See PinnedHostKey. */
  hostKey?: string | undefined;
}

export type SshContext = Pick<ConnectorContext, "network" | "signal" | "timeouts">;

/** For the connection, for the handshake, and for the opening of SFTP, each. */
const CONNECT_TIMEOUT_MS = 20_000;
/** So that nothing on the way forgets a connection that waits. The client itself judges a server's silence, because the answer to a ping may queue behind data. */
const KEEPALIVE_INTERVAL_MS = 10_000;
const KEEPALIVE_MISSES = 30;

/**
 * Connects, compares the pinned host key, signs in and opens SFTP. The caller closes the client.
 * Throws SshError, or what the address guard throws. Without a pinned key nothing is sent to the server.
 */
export async function openSftp(config: SshConfig, context: SshContext): Promise<SftpClient> {
  if (!config.hostKey) {
    throw new SshError(
      "host-key-not-pinned",
      `The host key of ${serverOf(config)} is not pinned yet; validate the connection and save it.`,
    );
  }
  const handshake = startHandshake(await dial(config, context), config, context);
  await handshake.hostKey;
  return handshake.signedIn;
}

/** The server's host key, without signing in. Throws SshError when it is not the pinned one. */
export async function observeHostKey(config: SshConfig, context: SshContext): Promise<string> {
  return startHandshake(await dial(config, context), config, context, { signIn: false }).hostKey;
}

/** The TCP connection alone, through the address guard. */
export function dial(config: SshConfig, context: SshContext): Promise<Socket> {
  return context.network.connect({ host: config.host, port: config.port, signal: context.signal, timeoutMs: context.timeouts?.connectMs });
}

export interface Handshake {
  /** The host key as seen; rejects when it is not the pinned one, before anything secret was sent. */
  hostKey: Promise<string>;
  signedIn: Promise<SftpClient>;
  end(): void;
}

/**
 * Speaks SSH over `socket`. Without a pinned key any is taken: only Validate may do so, to show it. It then goes on with a private key, which never
 * leaves this machine; a password is not sent to a server that nobody has confirmed: `signedIn` rejects.
 */
export function startHandshake(socket: Socket, config: SshConfig, { signal, timeouts }: SshContext, { signIn = true } = {}): Handshake {
  const server = serverOf(config);
  const connectMs = timeouts?.connectMs ?? CONNECT_TIMEOUT_MS;
  const client = new ssh2.Client();
  const hostKey = Promise.withResolvers<string>();
  const signedIn = Promise.withResolvers<SftpClient>();
  const fail = (error: Error) => {
    hostKey.reject(error);
    signedIn.reject(error);
    socket.destroy();
  };
  // Whoever waits for one of the two need not wait for the other.
  hostKey.promise.catch(() => undefined);
  signedIn.promise.catch(() => undefined);

  const onAbort = () => fail(signal.reason instanceof Error ? signal.reason : new Error("The connection was given up."));
  signal.addEventListener("abort", onAbort, { once: true });
  client.on("error", (error) => fail(translateSshError(error, server, config.user, config.authentication)));
  client.on("close", () => {
    signal.removeEventListener("abort", onAbort);
    fail(new SshError("unreachable", `${server} closed the connection; check that an SSH server listens on this port.`));
  });
  client.on("keyboard-interactive", (_name, _instructions, _language, prompts, answer) => answer(prompts.map(() => config.password ?? "")));
  client.on("ready", () => openSubsystem({ client, socket, server, idleMs: timeouts?.idleMs }, signedIn, connectMs));
  const judge = (blob: Buffer) => {
    const observed = describeHostKey(blob);
    const refusal = refusalOf(config, observed, server);
    if (refusal) fail(refusal);
    else hostKey.resolve(observed);
    return refusal === null && signIn && maySignIn(config);
  };
  try {
    client.connect({ ...clientOptions(socket, config, judge), readyTimeout: connectMs, ...(signIn && credentialsOf(config)) });
    if (signal.aborted) onAbort();
  } catch (error) {
    fail(error instanceof Error ? error : new Error(String(error)));
  }
  return { hostKey: hostKey.promise, signedIn: signedIn.promise, end: () => client.end() };
}

/** Whether whoever answers may be shown the credentials. */
export function maySignIn({ hostKey, authentication }: Pick<SshConfig, "hostKey" | "authentication">): boolean {
  return Boolean(hostKey) || authentication === "privateKey";
}

function refusalOf(config: SshConfig, observed: string, server: string): SshError | null {
  if (!config.hostKey) return null;
  const pinned = parsePinnedHostKey(config.hostKey);
  if (pinned && matchesPinned(pinned, observed)) return null;
  return new SshError(
    "host-key-changed",
    `The host key of ${server} changed from ${config.hostKey} to ${observed}. Nothing was sent. ` +
      "If the server was set up anew, empty the host key and validate again; otherwise somebody may be in between.",
  );
}

function clientOptions(sock: Socket, config: SshConfig, hostVerifier: (key: Buffer) => boolean): ssh2.ConnectConfig {
  const pinned = config.hostKey ? parsePinnedHostKey(config.hostKey) : null;
  return {
    sock,
    username: config.user,
    hostVerifier,
    algorithms: { serverHostKey: [...algorithmsFor(pinned)] as ssh2.ServerHostKeyAlgorithm[] },
    keepaliveInterval: KEEPALIVE_INTERVAL_MS,
    keepaliveCountMax: KEEPALIVE_MISSES,
  };
}

function credentialsOf(config: SshConfig): Partial<ssh2.ConnectConfig> {
  if (config.authentication === "password") return { password: config.password ?? "", tryKeyboard: true };
  const privateKey = config.privateKey ?? "";
  const passphrase = config.privateKeyPassphrase || undefined;
  assertPrivateKey(privateKey, passphrase);
  return { privateKey, ...(passphrase !== undefined && { passphrase }) };
}

function openSubsystem(connection: Omit<SftpConnection, "sftp">, signedIn: PromiseWithResolvers<SftpClient>, connectMs: number): void {
  const { client, server, socket } = connection;
  const timer = setTimeout(() => {
    signedIn.reject(new SshError("unreachable", `${server} lets this user in but did not open SFTP in time; try again.`));
    socket.destroy();
  }, connectMs);
  client.sftp((error, sftp) => {
    clearTimeout(timer);
    if (!error) return signedIn.resolve(new SftpClient({ ...connection, sftp }));
    signedIn.reject(
      new SshError("no-sftp", `${server} lets this user in but offers no SFTP; enable its sftp subsystem.`, { cause: error }),
    );
    client.end();
  });
}

function serverOf(config: SshConfig): string {
  return `${config.host}:${config.port}`;
}
