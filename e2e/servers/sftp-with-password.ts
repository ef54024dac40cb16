import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import ssh2 from "ssh2";
import { findFreePort } from "#e2e/servers/free-port.ts";

export interface PasswordServer {
  host: string;
  port: number;
  user: string;
  password: string;
  /** How often somebody showed a name or a secret. */
  attempts(): number;
  stop(): Promise<void>;
}

const SFTP_SERVER = "/usr/lib/openssh/sftp-server";

/**
 * An SSH server that takes a password, or asks for it interactively, without an account of the machine: sshd can only judge
 * passwords of real accounts. Behind the sign-in works OpenSSH's own sftp-server.
 */
export async function startPasswordServer(method: "password" | "keyboard-interactive" = "password"): Promise<PasswordServer> {
  const user = "keeper";
  const password = "a passw0rd of the tests";
  const hostKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" });
  const clients = new Set<ssh2.Connection>();
  let attempts = 0;
  const server = new ssh2.Server({ hostKeys: [hostKey.toString()] }, (client) => {
    clients.add(client);
    client.on("close", () => clients.delete(client)).on("error", () => undefined);
    client.on("authentication", (attempt) => {
      attempts += 1;
      judge(attempt, method, user, password);
    });
    client.on("session", (accept) => {
      accept().on("subsystem", (acceptSubsystem: () => ssh2.ServerChannel, _reject: () => void, info: { name: string }) => {
        if (info.name === "sftp") serve(acceptSubsystem());
      });
    });
  });
  const port = await findFreePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    host: "127.0.0.1",
    port,
    user,
    password,
    attempts: () => attempts,
    async stop() {
      for (const client of clients) client.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function judge(attempt: ssh2.AuthContext, method: string, user: string, password: string): void {
  if (attempt.username !== user || attempt.method !== method) return attempt.reject([method as ssh2.AuthenticationType]);
  if (attempt.method === "password") return attempt.password === password ? attempt.accept() : attempt.reject();
  if (attempt.method !== "keyboard-interactive") return attempt.reject();
  attempt.prompt([{ prompt: "Password: ", echo: false }], (answers) => (answers[0] === password ? attempt.accept() : attempt.reject()));
}

function serve(channel: ssh2.ServerChannel): void {
  const child = spawn(SFTP_SERVER, [], { stdio: ["pipe", "pipe", "ignore"] });
  channel.pipe(child.stdin);
  child.stdout.pipe(channel);
  child.stdin.on("error", () => undefined);
  channel.on("close", () => child.kill());
}
