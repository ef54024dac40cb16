import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startMailServer, type TestMailServer } from "#e2e/servers/smtp.ts";
import { useMailServer } from "#lib/mail/mail-fixture.ts";
import { sendMessage } from "#lib/mail/send-message.ts";

const run = promisify(execFile);
const PASSWORD = "a password of the mail server";
const message = {
  to: { name: "Somebody", address: "somebody@example.com" },
  subject: "s",
  text: "t",
  html: "<p>t</p>",
  messageId: "mai_1",
  notificationsUrl: "https://backup.example/t/acme/notifications",
};

let folder: string;
let tls: { key: Buffer; cert: Buffer };
let server: TestMailServer | null = null;

beforeAll(async () => {
  process.env["HOLDFAST_MAIL_TIMEOUT_SECONDS"] = "5";
  folder = mkdtempSync(join(tmpdir(), "holdfast-mail-"));
  tls = await certify("localhost", "DNS:localhost,IP:127.0.0.1");
});
afterEach(async () => {
  await server?.stop();
  server = null;
});
afterAll(() => {
  useMailServer(null);
  Reflect.deleteProperty(process.env, "HOLDFAST_MAIL_TIMEOUT_SECONDS");
  rmSync(folder, { recursive: true });
});

/** Makes a certificate that signs itself; the last one made is the one that sendTrusting() trusts. */
async function certify(name: string, names: string): Promise<{ key: Buffer; cert: Buffer }> {
  const file = (ending: string) => join(folder, ending);
  const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=${names}`];
  await run("openssl", ["req", "-x509", ...made, ...subject, "-keyout", file("key.pem"), "-out", file("cert.pem")]);
  return { key: readFileSync(file("key.pem")), cert: readFileSync(file("cert.pem")) };
}

const send = (url: string) => {
  useMailServer(url);
  return sendMessage(message, new AbortController().signal);
};
/** The same in a process of its own, which trusts the certificate. */
async function sendTrusting(url: string): Promise<unknown> {
  const script = `
    const { sendMessage } = await import("#lib/mail/send-message.ts");
    console.log(JSON.stringify(await sendMessage(${JSON.stringify(message)}, new AbortController().signal)));`;
  const environment = { PATH: process.env["PATH"] ?? "", SMTP_URL: url, NODE_EXTRA_CA_CERTS: join(folder, "cert.pem") };
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { env: { NODE_ENV: "test", ...environment } });
  return JSON.parse(stdout);
}

test.each(["smtps", "smtp"])("by %s, a certificate that nobody vouches for is refused, unless the operator trusts it", async (scheme) => {
  server = await startMailServer({ ...tls, secure: scheme === "smtps", disabledCommands: [] });
  const url = `${scheme}://127.0.0.1:${server.port}`;
  const outcome = await send(url);
  expect(outcome).toMatchObject({ kind: "later" });
  expect(JSON.stringify(outcome)).toContain("self-signed certificate");
  expect(server.messages).toEqual([]);
  expect(await sendTrusting(url)).toMatchObject({ kind: "sent" });
  expect(server.messages).toHaveLength(1);
});

test("a trusted certificate of another host is refused", async () => {
  server = await startMailServer({ ...(await certify("other.example", "DNS:other.example")), secure: true });
  const outcome = await sendTrusting(`smtps://127.0.0.1:${server.port}`);
  expect(outcome).toMatchObject({ kind: "later" });
  expect(JSON.stringify(outcome)).toMatch(/does not match|is not in the cert/);
});

test("a password goes over no line in clear: a server without TLS is not told it, unless the address says so", async () => {
  const logins: (string | undefined)[] = [];
  server = await startMailServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, callback) {
      logins.push(password ?? undefined);
      callback(null, { user: username ?? "" });
    },
  });
  const url = server.url.replace("//", `//user:${encodeURIComponent(PASSWORD)}@`);
  expect(await send(url)).toMatchObject({ kind: "later" });
  expect(logins).toEqual([]);
  expect(await send(`${url}?requireTLS=false`)).toMatchObject({ kind: "sent" });
  expect(logins).toEqual([PASSWORD]);
});

test("a refused login is the operator's, not the recipient's, and no sentence holds the password", async () => {
  server = await startMailServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ password }, _session, callback) =>
      callback(Object.assign(new Error(`Wrong password ${password ?? ""} for user`), { responseCode: 535 })),
  });
  const url = server.url.replace("//", `//user:${encodeURIComponent(PASSWORD)}@`);
  const outcome = await send(`${url}?requireTLS=false`);
  expect(outcome).toMatchObject({ kind: "later", isUnsent: true });
  expect(JSON.stringify(outcome)).toContain("does not accept the user and password of SMTP_URL");
  expect(JSON.stringify(outcome)).not.toContain(PASSWORD);
});

test("the sender is who the address names, else the login, else one of this installation", async () => {
  server = await startMailServer({
    authOptional: true,
    allowInsecureAuth: true,
    onAuth: (_login, _session, callback) => callback(null, { user: "x" }),
  });
  await send(`${server.url}?from=${encodeURIComponent("backup@example.com")}`);
  await send(`${server.url.replace("//", "//me%40example.com:x@")}?requireTLS=false`);
  await send(server.url);
  expect(server.messages.map(({ headers }) => headers["from"])).toEqual([
    "Holdfast <backup@example.com>",
    "Holdfast <me@example.com>",
    "Holdfast <holdfast@localhost>",
  ]);
});

test("a message that is called off ends at once", async () => {
  server = await startMailServer({ onMailFrom: () => undefined });
  useMailServer(server.url);
  process.env["HOLDFAST_MAIL_TIMEOUT_SECONDS"] = "300";
  useMailServer(server.url);
  const stop = new AbortController();
  const sending = sendMessage(message, stop.signal);
  while (server.connections() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  stop.abort();
  expect(await sending).toMatchObject({ kind: "later" });
  process.env["HOLDFAST_MAIL_TIMEOUT_SECONDS"] = "5";
});
