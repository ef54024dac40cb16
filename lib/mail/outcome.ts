import type { SmtpServer } from "#lib/mail/smtp-url.ts";

/** What became of a message. Sentences are for members of tenants, who learn nothing of the operator's server; `detail` is for the log. */
export type Outcome =
  | { kind: "sent" }
  /** This recipient will not get it, however often it is tried. */
  | { kind: "refused"; sentence: string; detail: string }
  /** It may go through another time. `isUnsent` is false when the server may have taken it all the same. */
  | { kind: "later"; isUnsent: boolean; sentence: string; detail: string };

interface Circumstances {
  server: SmtpServer;
  address: string;
  isUnsent: boolean;
}

const LONGEST_ANSWER = 300;

/** Reads what sending threw. A no to the recipient or to the message is for good when its code begins with 5 (RFC 5321, 4.2.1); what concerns the server is not. */
export function outcomeOf(error: unknown, { server, address, isUnsent }: Circumstances): Outcome {
  const { code, command, response, responseCode, message } = read(error);
  const detail = `${server.host}:${server.port}: ${clean(response ?? message, server)}`;
  const later = (isUnsentYet: boolean, sentence: string): Outcome => ({ kind: "later", isUnsent: isUnsentYet, sentence, detail });
  if (responseCode !== null && response !== null) {
    const concernsRecipient = /^(?:RCPT TO|DATA)/.test(command);
    const answer = `“${clean(response, server)}”`;
    if (concernsRecipient && responseCode >= 500)
      return { kind: "refused", sentence: `The mail server refuses mail to ${address}: ${answer}.`, detail };
    if (code === "EAUTH") return later(true, "The mail server does not accept the user and password of SMTP_URL. Tell your operator.");
    return later(true, concernsRecipient ? `The mail server answered ${answer}.` : `The mail server answered with code ${responseCode}.`);
  }
  if (code === "ABORT_ERR" || code === "ETIMEDOUT" || /timeout/i.test(message)) {
    return later(isUnsent, "The mail server did not answer in time.");
  }
  if (code === "ECONNREFUSED") return later(true, "The mail server does not accept connections.");
  return later(isUnsent, "The mail server could not be used. Tell your operator, whose log says why.");
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
    .toWellFormed()
    .replace(/\.$/, "");
}

function secretsOf({ user, password }: { user: string; password: string }): string[] {
  const inBase64 = (plain: string) => Buffer.from(plain).toString("base64");
  return [inBase64(`\0${user}\0${password}`), inBase64(password), password];
}
