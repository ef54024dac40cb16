import { execFile, spawn, type ChildProcess } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { findFreePort } from "#e2e/servers/free-port.ts";
import { killTree } from "#e2e/servers/process-tree.ts";

export interface Sshd {
  host: string;
  port: number;
  /** The account that runs the tests; it signs in with `privateKey`. */
  user: string;
  /** OpenSSH format, without a passphrase. */
  privateKey: string;
  /** The same key under the passphrase "correct horse". */
  protectedPrivateKey: string;
  /** "SHA256:…" of the ed25519 host key. */
  hostKeyFingerprint: string;
  /** An empty folder that the account may write to; gone after `stop`. */
  root: string;
  /** Ends the server and starts it again on the same port with another host key, whose fingerprint it resolves to. */
  restartWithNewHostKey(): Promise<string>;
  /** Lets nobody in, without refusing: new connections wait until `resume`. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

export const SSH_KEY_PASSPHRASE = "correct horse";

const run = promisify(execFile);
const SSHD = "/usr/sbin/sshd";
const READY_WITHIN_MS = 10_000;

/**
 * Starts a real OpenSSH server on a free loopback port, with keys and folder of its own (Debian: package openssh-server). `sftpOptions` go to its
 * sftp-server: "-R" makes it read-only, "-P hardlink" refuses those requests.
 */
export async function startSshd(sftpOptions = ""): Promise<Sshd> {
  const folder = await mkdtemp(path.join(tmpdir(), "holdfast-sshd-"));
  const root = path.join(folder, "root");
  await mkdir(root);
  // sshd wants this folder when root starts it; the system's own service would make it at boot.
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  const port = await findFreePort();
  const privateKey = await makeKey(folder, "client", "");
  const protectedPrivateKey = await makeProtectedCopy(folder);
  await makeKey(folder, "host", "");
  await writeFile(path.join(folder, "sshd_config"), configuration(folder, port, sftpOptions));

  let server = await launch(folder, port);
  return {
    host: "127.0.0.1",
    port,
    user: userInfo().username,
    privateKey,
    protectedPrivateKey,
    hostKeyFingerprint: await fingerprintOf(folder),
    root,
    async restartWithNewHostKey() {
      await end(server);
      await Promise.all(["host", "host.pub"].map((name) => rm(path.join(folder, name))));
      await makeKey(folder, "host", "");
      server = await launch(folder, port);
      return fingerprintOf(folder);
    },
    pause: () => void server.kill("SIGSTOP"),
    resume: () => void server.kill("SIGCONT"),
    async stop() {
      server.kill("SIGCONT");
      await end(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configuration(folder: string, port: number, sftpOptions: string): string {
  return [
    "ListenAddress 127.0.0.1",
    `Port ${port}`,
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/client.pub`,
    `PidFile ${folder}/sshd.pid`,
    "PermitRootLogin prohibit-password",
    "StrictModes no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UsePAM no",
    "UseDNS no",
    "MaxStartups 100",
    `Subsystem sftp internal-sftp ${sftpOptions}`,
    "",
  ].join("\n");
}

async function makeKey(folder: string, name: string, passphrase: string): Promise<string> {
  const file = path.join(folder, name);
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-C", "holdfast-test", "-f", file]);
  return readFile(file, "utf8");
}

async function makeProtectedCopy(folder: string): Promise<string> {
  const file = path.join(folder, "client-protected");
  await writeFile(file, await readFile(path.join(folder, "client")), { mode: 0o600 });
  await chmod(file, 0o600);
  await run("ssh-keygen", ["-q", "-p", "-P", "", "-N", SSH_KEY_PASSPHRASE, "-f", file]);
  return readFile(file, "utf8");
}

async function fingerprintOf(folder: string): Promise<string> {
  const { stdout } = await run("ssh-keygen", ["-l", "-E", "sha256", "-f", path.join(folder, "host.pub")]);
  const fingerprint = /SHA256:\S+/.exec(stdout)?.[0];
  if (fingerprint === undefined) throw new Error(`ssh-keygen printed no fingerprint: ${stdout}`);
  return fingerprint;
}

async function launch(folder: string, port: number): Promise<ChildProcess> {
  const child = spawn(SSHD, ["-D", "-e", "-f", path.join(folder, "sshd_config")], { stdio: ["ignore", "ignore", "pipe"] });
  let complaints = "";
  child.stderr.on("data", (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-2000)));
  const failed = new Promise<never>((_resolve, reject) => {
    child.once("error", (error) => reject(new Error(`${SSHD} could not be started; install openssh-server.`, { cause: error })));
    child.once("exit", () => reject(new Error(`sshd ended: ${complaints}`)));
  });
  failed.catch(() => undefined);
  await Promise.race([greeted(port), failed]);
  return child;
}

async function greeted(port: number): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await greets(port))) {
    if (Date.now() > deadline) throw new Error("sshd does not answer.");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: "127.0.0.1", port });
    socket.once("data", (chunk) => {
      resolve(chunk.toString().startsWith("SSH-2.0"));
      socket.destroy();
    });
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  await killTree(child.pid);
  await exited;
}
