import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import { createTransport } from "nodemailer";
import type SMTPTransport from "nodemailer/lib/smtp-transport/index.js";
import { env } from "#lib/env.ts";
import { type Outcome, outcomeOf } from "#lib/mail/outcome.ts";
import { readSmtpUrl, type SmtpServer } from "#lib/mail/smtp-url.ts";

export interface Message {
  to: { name: string; address: string };
  subject: string;
  text: string;
  html: string;
  /** Without brackets; by it, a message that came twice is known again. */
  messageId: string;
  /** Where the member chooses what is mailed. */
  notificationsUrl: string;
}

/** A whole message may take so many times as long as a server may be silent. */
const WHOLE_TIMEOUTS = 3;

/**
 * Hands one message to the server of SMTP_URL, on a connection of its own, so that `signal` can end it at any moment. Throws nothing: the outcome says what
 * became of it. TLS certificates are checked, always; what the operating system does not know, NODE_EXTRA_CA_CERTS adds.
 */
export async function sendMessage(message: Message, signal: AbortSignal): Promise<Outcome> {
  const server = smtpServer();
  if (server === null) {
    const sentence = "No mail server is set up: SMTP_URL is not set.";
    return { kind: "later", isUnsent: true, sentence, detail: sentence };
  }
  const timeoutMs = env().HOLDFAST_MAIL_TIMEOUT_SECONDS * 1000;
  const ending = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs * WHOLE_TIMEOUTS)]);
  // Set before the last byte of the message can have been written.
  const body = { wasBegun: false };
  try {
    const socket = await openSocket(server, AbortSignal.any([ending, AbortSignal.timeout(timeoutMs)]));
    const end = () => socket.destroy(new Error("Timeout"));
    ending.addEventListener("abort", end, { once: true });
    try {
      await transportOver(socket, server, timeoutMs, body).sendMail(withSender(message, server));
      return { kind: "sent" };
    } finally {
      ending.removeEventListener("abort", end);
      socket.destroy();
    }
  } catch (error) {
    return outcomeOf(error, { server, address: message.to.address, isUnsent: !body.wasBegun });
  }
}

/** The server of SMTP_URL; null when it is not set. */
export function smtpServer(): SmtpServer | null {
  const { SMTP_URL } = env();
  return SMTP_URL === undefined ? null : readSmtpUrl(SMTP_URL);
}

/** An operator's own address, which no guard judges. */
async function openSocket({ host, port }: SmtpServer, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host, port });
  // What goes wrong after this is what the transport throws.
  socket.on("error", () => undefined);
  try {
    await once(socket, "connect", { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function transportOver(socket: Socket, server: SmtpServer, timeoutMs: number, body: { wasBegun: boolean }) {
  const { host, port, isSecure, requireTls, login } = server;
  const options: SMTPTransport.Options = {
    host,
    port,
    secure: isSecure,
    requireTLS: requireTls,
    ...(login !== null && { auth: { user: login.user, pass: login.password } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket: (_options, callback) => callback(null, { connection: socket }),
  };
  const transport = createTransport(options);
  transport.use("stream", (mail, done) => {
    // Piped once the server has greeted and taken the login, before the message is handed over.
    const marker = new PassThrough();
    marker.once("pipe", () => (body.wasBegun = true));
    mail.message.transform(marker);
    done();
  });
  return transport;
}

function withSender({ messageId, notificationsUrl, ...message }: Message, { from, login }: SmtpServer) {
  const { hostname } = new URL(env().HOLDFAST_URL);
  const address = from ?? (login?.user.includes("@") ? login.user : `holdfast@${hostname}`);
  // Answering machines stay silent (RFC 3834).
  const headers = { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" };
  // What mail programs offer beside "spam" (RFC 2369): choosing needs a sign-in, so it is not the one click of RFC 8058.
  const list = { unsubscribe: notificationsUrl };
  return { ...message, from: { name: "Holdfast", address }, messageId: `<${messageId}@${hostname}>`, headers, list };
}
