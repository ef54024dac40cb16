import type { Socket } from "node:net";
import { DestinationError } from "#lib/connectors/errors.ts";
import { type FtpConfig, portOf } from "#lib/connectors/ftp/config.ts";
import { type FtpAccess, type FtpConnection, isSecured } from "#lib/connectors/ftp/connection.ts";
import { FtpControl } from "#lib/connectors/ftp/control.ts";
import { FtpReplyError } from "#lib/connectors/ftp/reply.ts";
import { signIn } from "#lib/connectors/ftp/sign-in.ts";
import { lookAtCertificate, speakTls, type TlsTarget } from "#lib/connectors/ftp/tls.ts";

/**
 * Connects, judges the certificate, signs in and finds the folder. Without an accepted certificate nothing is sent to the server.
 * Throws DestinationError, or what the address guard throws.
 */
export async function connectFtp(access: FtpAccess, signal?: AbortSignal): Promise<FtpConnection> {
  const { config } = access;
  if (isSecured(config) && isUnpinned(config)) {
    const text = `The certificate of ${serverOf(config)} is not pinned yet; validate the destination, compare it and save.`;
    throw new DestinationError("refused", text);
  }
  const target = targetOf(access);
  const socket = await dial(access, signal);
  return abortable(socket, signal, async () => signIn(await openControl(socket, access, target), access, target.sessions));
}

/** The fingerprint of the certificate that the server shows. Throws as connectFtp; where none is pinned yet, any is taken. Nobody signs in. */
export async function lookAtServer(access: FtpAccess, signal: AbortSignal): Promise<string> {
  const socket = await dial(access, signal);
  return abortable(socket, signal, async () => {
    const plain = access.config.security === "implicit" ? socket : await askForTls(socket, access);
    return lookAtCertificate(plain, targetOf(access), isUnpinned(access.config));
  });
}

export function serverOf(config: FtpConfig): string {
  return `${config.host}:${portOf(config)}`;
}

function isUnpinned({ tlsTrust, certificate }: FtpConfig): boolean {
  return tlsTrust === "pinned" && !certificate;
}

function targetOf({ config, timeouts }: FtpAccess): TlsTarget {
  return { config, server: serverOf(config), timeoutMs: timeouts.connectMs, sessions: {} };
}

async function dial({ config, network, timeouts }: FtpAccess, signal: AbortSignal | undefined): Promise<Socket> {
  const socket = await network.connect({ host: config.host, port: portOf(config), signal, timeoutMs: timeouts.connectMs });
  // A transfer of hours leaves the control connection at rest, which firewalls forget.
  return socket.setKeepAlive(true, KEEPALIVE_MS);
}

const KEEPALIVE_MS = 30_000;

/** Runs `work`, which fails when the signal aborts; the socket is destroyed when it fails. */
async function abortable<T>(socket: Socket, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const onAbort = () => socket.destroy();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    return await work();
  } catch (error) {
    socket.destroy();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

async function openControl(socket: Socket, access: FtpAccess, target: TlsTarget): Promise<FtpControl> {
  const { security } = access.config;
  if (security === "explicit") return new FtpControl(await speakTls(await askForTls(socket, access), target), target.server);
  const control = new FtpControl(security === "implicit" ? await speakTls(socket, target) : socket, target.server);
  await greeting(control, access);
  return control;
}

/** Has the server go over to TLS (RFC 4217); the socket is then ready for the handshake. */
async function askForTls(socket: Socket, access: FtpAccess): Promise<Socket> {
  const control = new FtpControl(socket, serverOf(access.config));
  await greeting(control, access);
  const reply = await control.ask("AUTH TLS", access.timeouts.connectMs);
  if (reply.code === 234) return control.release();
  const text =
    `The server ${control.server} offers no TLS (it answered ${new FtpReplyError(reply).message}): ` +
    "turn TLS on there, or choose plain FTP, by which everyone on the way can read the password.";
  throw new DestinationError("refused", text);
}

async function greeting(control: FtpControl, { timeouts }: FtpAccess): Promise<void> {
  for (;;) {
    const reply = await control.reply(timeouts.connectMs);
    if (reply.code === 220) return;
    // 120: "ready in a few minutes".
    if (reply.code === 120) continue;
    throw new DestinationError(
      "refused",
      `The server ${control.server} turned us away (${new FtpReplyError(reply).message}); try again later.`,
    );
  }
}
