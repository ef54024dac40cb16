import { ConnectorError } from "#lib/errors.ts";

/**
 * The SSH connection could not be made or was lost; the message says why and how to mend it. Codes: "host-key-not-pinned",
 * "host-key-changed", "sign-in-refused", "bad-private-key", "unreachable", "no-sftp".
 */
export class SshError extends ConnectorError {}

/** The sentence for an error of the SSH library. `level` is the library's own word for where it happened. */
export function translateSshError(
  error: Error & { level?: string },
  server: string,
  user: string,
  method: "password" | "privateKey",
): SshError {
  if (error.level === "client-authentication") {
    const mend =
      method === "password" ? "check the user and the password." : "check the user, and that the public key stands in its authorized_keys.";
    return new SshError("sign-in-refused", `${server} refused to sign in “${user}”: ${mend}`, { cause: error });
  }
  if (error.level === "client-timeout") {
    const sentence = /keepalive/i.test(error.message)
      ? `${server} stopped answering; check the network and try again.`
      : `${server} did not finish the SSH handshake in time; check that an SSH server listens on this port.`;
    return new SshError("unreachable", sentence, { cause: error });
  }
  if (/no matching host key format/.test(error.message)) {
    return new SshError(
      "host-key-changed",
      `${server} no longer has a host key of the pinned type; if that is right, empty the host key and validate again.`,
      { cause: error },
    );
  }
  if (/no matching/.test(error.message)) {
    return new SshError("unreachable", `${server} offers only outdated encryption (${error.message}); update its SSH server.`, {
      cause: error,
    });
  }
  if (error.level === "handshake" || error.level === "protocol") {
    return new SshError("unreachable", `${server} answers, but not as an SSH server; check the port.`, { cause: error });
  }
  return new SshError("unreachable", `The connection to ${server} was lost (${error.message}); try again.`, { cause: error });
}
