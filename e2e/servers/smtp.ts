import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** A real mail server on a free loopback port. */
export interface TestMailServer {
  port: number;
  /** As SMTP_URL names it, without login. */
  url: string;
  /** The messages that it took, oldest first. */
  messages: ReceivedMessage[];
  /** How often somebody connected. */
  connections(): number;
  stop(): Promise<void>;
}

export interface ReceivedMessage {
  to: string[];
  /** Headers and body as they came over the wire. */
  raw: string;
  headers: Record<string, string>;
  /** All parts, decoded. */
  text: string;
}

/** Starts one; `options` say how it differs from one that takes everything without a login. On `port` where one was before. */
export async function startMailServer(options: SMTPServerOptions = {}, port = 0): Promise<TestMailServer> {
  const messages: ReceivedMessage[] = [];
  let connections = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    closeTimeout: 100,
    onData(stream, session, callback) {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => {
        messages.push(
          read(
            Buffer.concat(parts).toString("utf8"),
            session.envelope.rcptTo.map(({ address }) => address),
          ),
        );
        callback();
      });
    },
    ...options,
    onConnect(session, callback) {
      connections += 1;
      if (options.onConnect) options.onConnect.call(this, session, callback);
      else callback();
    },
  });
  // A client that goes away in the middle is part of what is tested.
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(port, "127.0.0.1", resolve);
  });
  const listening = (server.server.address() as AddressInfo).port;
  return {
    port: listening,
    url: `smtp://127.0.0.1:${listening}`,
    messages,
    connections: () => connections,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}

/** Reads what nodemailer writes: folded headers, and parts in 7bit, quoted-printable or base64. */
function read(raw: string, to: string[]): ReceivedMessage {
  const [head = ""] = raw.split("\r\n\r\n", 1);
  const lines = head.replace(/\r\n[ \t]+/g, " ").split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      words(line.slice(line.indexOf(":") + 1).trim()),
    ]),
  );
  return { to, raw, headers, text: decodeParts(raw) };
}

function words(value: string): string {
  return value
    .replace(/\?=\s+=\?/g, "?==?")
    .replace(/=\?UTF-8\?B\?([^?]*)\?=/gi, (_, text: string) => Buffer.from(text, "base64").toString("utf8"))
    .replace(/=\?UTF-8\?Q\?([^?]*)\?=/gi, (_, text: string) => quoted(text.replaceAll("_", " ")));
}

function decodeParts(raw: string): string {
  return raw
    .split(/\r\n--[^\r\n]+/)
    .map((part) => {
      const body = part.split("\r\n\r\n").slice(1).join("\r\n\r\n");
      if (/Content-Transfer-Encoding: base64/i.test(part)) return Buffer.from(body, "base64").toString("utf8");
      return /Content-Transfer-Encoding: quoted-printable/i.test(part) ? quoted(body) : body;
    })
    .join("\n");
}

function quoted(text: string): string {
  const bytes = text.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
