import net, { type Socket } from "node:net";
import tls, { type PeerCertificate, type TLSSocket } from "node:tls";
import { DestinationError, errorCode } from "#lib/connectors/errors.ts";
import type { FtpConfig } from "#lib/connectors/ftp/config.ts";
import { sameFingerprint } from "#lib/connectors/ftp/fingerprint.ts";

export interface TlsTarget {
  /** The configuration's own words for who has to answer. */
  config: Pick<FtpConfig, "host" | "tlsTrust" | "certificate">;
  /** For sentences. */
  server: string;
  timeoutMs: number;
  /** Many servers take a data connection only when it resumes the control connection's session. */
  sessions: TlsSessions;
}

/** The newest session of a connection; tickets come whenever the server likes. */
export interface TlsSessions {
  newest?: Buffer;
}

/**
 * Speaks TLS over `socket`. Resolves only once the certificate was accepted; until then nothing of ours is sent.
 * Throws DestinationError with what to do; the socket is destroyed then.
 */
export async function speakTls(socket: Socket, target: TlsTarget): Promise<TLSSocket> {
  const { config, server } = target;
  const isPinned = config.tlsTrust === "pinned";
  const secured = await handshake(socket, target, !isPinned);
  // A resumed session was begun with the certificate that was accepted then.
  if (!isPinned || secured.isSessionReused()) return secured;
  const seen = fingerprintOf(secured);
  if (sameFingerprint(seen, config.certificate ?? "")) return secured;
  secured.destroy();
  throw new DestinationError(
    "refused",
    `The certificate of ${server} changed: its fingerprint is ${seen} and no longer ${config.certificate ?? "the pinned one"}. The password was not sent. ` +
      "If the server's certificate was renewed, validate the destination anew; otherwise somebody may be in between.",
  );
}

/** The fingerprint of the certificate that the server shows; whoever made it, when `takesAny`. Nothing else is sent. */
export async function lookAtCertificate(socket: Socket, target: TlsTarget, takesAny: boolean): Promise<string> {
  const secured = takesAny ? await handshake(socket, target, false) : await speakTls(socket, target);
  const seen = fingerprintOf(secured);
  secured.destroy();
  return seen;
}

function handshake(socket: Socket, { config, server, sessions, timeoutMs }: TlsTarget, rejectUnauthorized: boolean): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const { host } = config;
    // The name also ties a session to its server, so that it is only resumed there.
    const named = { host, ...(net.isIP(host) === 0 && { servername: host }) };
    const secured = tls.connect({ socket, ...named, rejectUnauthorized, ...(sessions.newest && { session: sessions.newest }) });
    secured.on("session", (session: Buffer) => (sessions.newest = session));
    const fail = (error: Error) => {
      clearTimeout(timer);
      // A late error of a socket that is given up has nobody left to tell.
      secured.off("error", fail).on("error", () => undefined);
      secured.destroy();
      socket.destroy();
      reject(explainTlsError(error, server));
    };
    const onClose = () => fail(new Error("The connection closed."));
    const timer = setTimeout(() => fail(new Error(`There was no answer within ${timeoutMs / 1000} seconds.`)), timeoutMs);
    secured.once("error", fail).once("close", onClose);
    secured.once("secureConnect", () => {
      clearTimeout(timer);
      secured.off("error", fail).off("close", onClose);
      resolve(secured);
    });
  });
}

function fingerprintOf(socket: TLSSocket): string {
  // An empty object when there is none. (getPeerX509Certificate gives it only once.)
  const { fingerprint256: seen } = socket.getPeerCertificate() as Partial<PeerCertificate>;
  if (seen === undefined) throw new DestinationError("refused", "The server shows no certificate; let it make one.");
  return seen;
}

function explainTlsError(error: Error, server: string): DestinationError {
  const code = errorCode(error);
  const because = (text: string) => new DestinationError("refused", text, { cause: error });
  if (code === "CERT_HAS_EXPIRED") {
    return because(`The certificate of ${server} has expired; renew it there, or choose to trust the one that you compared.`);
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return because(`The certificate of ${server} is made out to another name; write the server as its certificate names it.`);
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO|ISSUER/.test(code)) {
    return because(
      `No known authority vouches for the certificate of ${server} (${code}); give the server one of a known authority, or choose to trust the one that you compared.`,
    );
  }
  if (code === "EPROTO" || code.startsWith("ERR_SSL")) {
    return because(
      `The server ${server} does not speak TLS on this port in a way that is safe today (${code}); check the port and the kind of encryption, or update the server.`,
    );
  }
  return new DestinationError("unreachable", `The TLS connection to ${server} did not come about: ${sentence(error.message)}`, {
    cause: error,
  });
}

function sentence(message: string): string {
  return message.endsWith(".") ? message : `${message}.`;
}
