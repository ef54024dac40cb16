import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomInt, X509Certificate } from "node:crypto";
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { findFreePort } from "#e2e/servers/free-port.ts";
import { killTree } from "#e2e/servers/process-tree.ts";

export type FtpSecurity = "plain" | "explicit" | "implicit";

export interface FtpServer {
  host: string;
  ports: Record<FtpSecurity, number>;
  /** Those that it names for data. */
  passivePorts: readonly number[];
  user: string;
  password: string;
  /** What the user sees as "/"; gone after `stop`. */
  root: string;
  /** PEM of the certificate that it made for itself, for localhost and 127.0.0.1. */
  certificate(): Promise<string>;
  /** Every line that clients sent since the start, with the password as the server hides it. */
  commands(): Promise<string[]>;
  /** Ends the server and starts it again on the same ports with another certificate. */
  restartWithNewCertificate(): Promise<void>;
  /** Ends the server, so that nobody answers on its ports, until `start`. */
  end(): Promise<void>;
  start(): Promise<void>;
  /** Lets every session fall silent, on both of its connections, until the function that it gives; new ones are served. */
  freezeSessions(): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

export interface FtpServerOptions {
  /** Lines added to proftpd's configuration. */
  directives?: string[];
  /** For a disk of this size, which needs root. */
  diskBytes?: number;
}

const run = promisify(execFile);
const PROFTPD = "/usr/sbin/proftpd";
const READY_WITHIN_MS = 20_000;
/** Below those that the operating system gives out. Where another has one, proftpd takes the next. */
const PASSIVE = { from: 10_000, below: 30_000, count: 100 };
/** Debian's ids of nobody and nogroup: root must not serve as itself. */
const NOBODY = 65_534;

/** Starts a real FTP server on free loopback ports, with a user, folder and certificate of its own (Debian: packages proftpd-core and proftpd-mod-crypto). */
export async function startFtpServer(options: FtpServerOptions = {}): Promise<FtpServer> {
  const folder = await mkdtemp(path.join(tmpdir(), "holdfast-ftp-"));
  await chmod(folder, 0o755);
  const root = path.join(folder, "root");
  await makeRoot(root, options.diskBytes);
  const ports = { plain: await findFreePort(), explicit: await findFreePort(), implicit: await findFreePort() };
  const firstPassive = randomInt(PASSIVE.from, PASSIVE.below);
  const passivePorts = Array.from({ length: PASSIVE.count }, (_, index) => firstPassive + index);
  const user = "keeper";
  const password = "a passw0rd with ünïcödé";
  await writeUser(folder, user, password);
  await makeCertificate(folder);
  await writeFile(
    path.join(folder, "proftpd.conf"),
    configuration(folder, ports, [passiveDirective(passivePorts), ...(options.directives ?? [])]),
  );
  let server = await launch(folder, ports);
  const log = path.join(folder, "commands.log");
  return {
    host: "127.0.0.1",
    ports,
    passivePorts,
    user,
    password,
    root,
    certificate: () => readFile(path.join(folder, "cert.pem"), "utf8"),
    commands: async () => (await readFile(log, "utf8")).split("\n").filter(Boolean),
    async restartWithNewCertificate() {
      await end(server);
      await makeCertificate(folder);
      server = await launch(folder, ports);
    },
    end: () => end(server),
    async start() {
      server = await launch(folder, ports);
    },
    freezeSessions: () => freezeChildren(server),
    async stop() {
      await end(server);
      if (options.diskBytes !== undefined) await run("umount", ["--lazy", root]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** "SHA256:…" of a certificate in PEM, as openssl prints it. */
export function fingerprintOf(pem: string): string {
  return `SHA256:${new X509Certificate(pem).fingerprint256}`;
}

async function makeRoot(root: string, diskBytes: number | undefined): Promise<void> {
  await mkdir(root);
  if (diskBytes !== undefined) await run("mount", ["-t", "tmpfs", "-o", `size=${diskBytes}`, "holdfast-test", root]);
  if (process.getuid?.() === 0) await chown(root, NOBODY, NOBODY);
}

async function writeUser(folder: string, user: string, password: string): Promise<void> {
  const hashed = run("openssl", ["passwd", "-6", "-stdin"]);
  hashed.child.stdin?.end(password);
  const { uid, gid } = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : userInfo();
  const line = [user, (await hashed).stdout.trim(), uid, gid, "", path.join(folder, "root"), "/bin/false"].join(":");
  await writeFile(path.join(folder, "passwd"), `${line}\n`, { mode: 0o600 });
}

async function makeCertificate(folder: string): Promise<void> {
  const file = (name: string) => path.join(folder, name);
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", file("key.pem")];
  await run("openssl", ["req", "-x509", ...key, "-days", "30", ...subject, "-out", file("cert.pem")]);
  await chmod(file("key.pem"), 0o600);
}

function passiveDirective(ports: readonly number[]): string {
  return `PassivePorts ${Math.min(...ports)} ${Math.max(...ports)}`;
}

function configuration(folder: string, ports: FtpServer["ports"], directives: string[]): string {
  const isRoot = process.getuid?.() === 0;
  const tls = [
    "TLSEngine on",
    "TLSRequired on",
    `TLSECCertificateFile ${folder}/cert.pem`,
    `TLSECCertificateKeyFile ${folder}/key.pem`,
    "TLSProtocol TLSv1.2 TLSv1.3",
  ];
  const common = [
    "AuthOrder mod_auth_file.c",
    `AuthUserFile ${folder}/passwd`,
    "RequireValidShell off",
    `ExtendedLog ${folder}/commands.log ALL`,
    "TransferLog none",
    "AllowOverwrite on",
    ...(isRoot ? ["DefaultRoot ~"] : []),
    ...directives,
  ];
  const host = (port: number, lines: string[]) => ["<VirtualHost 127.0.0.1>", `Port ${port}`, ...common, ...lines, "</VirtualHost>"];
  return [
    "ServerType standalone",
    "DefaultAddress 127.0.0.1",
    "Port 0",
    "SocketBindTight on",
    "UseIPv6 off",
    "UseReverseDNS off",
    "DelayEngine off",
    "WtmpLog off",
    "MaxInstances none",
    ...(isRoot ? ["User nobody", "Group nogroup"] : []),
    "LoadModule mod_tls.c",
    `PidFile ${folder}/pid`,
    `ScoreboardFile ${folder}/scoreboard`,
    `SystemLog ${folder}/system.log`,
    ...host(ports.plain, []),
    ...host(ports.explicit, tls),
    ...host(ports.implicit, [...tls, "TLSOptions UseImplicitSSL"]),
    "",
  ].join("\n");
}

async function launch(folder: string, ports: FtpServer["ports"]): Promise<ChildProcess> {
  const child = spawn(PROFTPD, ["--nodaemon", "--quiet", "--config", path.join(folder, "proftpd.conf")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaints = "";
  child.stderr.on("data", (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-2000)));
  const failed = new Promise<never>((_resolve, reject) => {
    child.once("error", (error) => reject(new Error(`${PROFTPD} could not be started; install proftpd-core.`, { cause: error })));
    child.once("exit", () => reject(new Error(`proftpd ended: ${complaints}`)));
  });
  failed.catch(() => undefined);
  await Promise.race([Promise.all(Object.values(ports).map(listening)), failed]);
  return child;
}

async function listening(port: number): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await accepts(port))) {
    if (Date.now() > deadline) throw new Error("proftpd does not answer.");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      resolve(true);
      socket.destroy();
    });
    socket.once("error", () => resolve(false));
  });
}

async function freezeChildren({ pid }: ChildProcess): Promise<() => Promise<void>> {
  if (pid === undefined) throw new Error("proftpd does not run.");
  await killTree(pid, "SIGSTOP");
  process.kill(pid, "SIGCONT");
  return () => killTree(pid, "SIGCONT");
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  await killTree(child.pid);
  await exited;
}
