import type { SmtpServer } from "#lib/mail/smtp-url.ts";

/** What became of a message. */
export type Outcome =
  | { kind: "sent"; response: string }
  /** This recipient will not get it, however often it is tried. */
  | { kind: "refused"; sentence: string }
  /** It may go through another time. `isUnsent` is false when the server may have taken it all the same. */
  | { kind: "later"; isUnsent: boolean; sentence: string };

interface Circumstances {
  server: SmtpServer;
  address: string;
  isUnsent: boolean;
}

const LONGEST_ANSWER = 300;

/** Reads what sending threw. A no to the recipient or to the message is for good when its code begins with 5 (RFC 5321, 4.2.1); what concerns the server is not. */
export function outcomeOf(error: unknown, { server, address, isUnsent }: Circumstances): Outcome {
  const { code, command, response, responseCode, message } = read(error);
  const answer = response === null ? "" : `“${clean(response, server)}”`;
  const place = `${server.host}:${server.port}`;
  if (responseCode !== null && response !== null) {
    const concernsRecipient = /^(?:RCPT TO|DATA)/.test(command);
    if (concernsRecipient && responseCode >= 500)
      return { kind: "refused", sentence: `The mail server refuses mail to ${address}: ${answer}.` };
    if (code === "EAUTH") return later(true, `The mail server ${place} does not accept the user and password of SMTP_URL: ${answer}.`);
    return later(true, `The mail server ${place} answered ${answer}.`);
  }
  if (code === "ABORT_ERR" || code === "ETIMEDOUT" || /timeout/i.test(message)) {
    return later(isUnsent, `The mail server ${place} did not answer in time.`);
  }
  if (code === "ECONNREFUSED") return later(true, `The mail server ${place} does not accept connections.`);
  return later(isUnsent, `The mail server ${place} could not be used: ${clean(message, server)}.`);
}

function later(isUnsent: boolean, sentence: string): Outcome {
  return { kind: "later", isUnsent, sentence };
}

function read(error: unknown) {
  const fields: Record<string, unknown> = typeof error === "object" && error !== null ? { ...error } : {};
  const text = (name: string) => (typeof fields[name] === "string" ? fields[name] : "");
  return {
    code: text("code"),
    command: text("command"),
    response: text("response") || null,
    responseCode: typeof fields["responseCode"] === "number" ? fields["responseCode"] : null,
    message: error instanceof Error ? error.message : "unknown",
  };
}

/** A server may repeat anything: no control characters, no login, not endless, no full stop that would be doubled. */
function clean(text: string, { login }: SmtpServer): string {
  const secrets = login === null || login.password === "" ? [] : secretsOf(login);
  const shown = secrets.reduce((shorter, secret) => shorter.replaceAll(secret, "…"), text);
  return shown
    .replace(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, LONGEST_ANSWER)
    .replace(/\.$/, "");
}

function secretsOf({ user, password }: { user: string; password: string }): string[] {
  const inBase64 = (plain: string) => Buffer.from(plain).toString("base64");
  return [inBase64(`\0${user}\0${password}`), inBase64(password), password];
}
