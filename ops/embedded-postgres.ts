import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { postgresBinaries } from "./postgres-binaries.ts";
import { isAlive, lockForProcess, ProcessLockedError } from "./process-lock.ts";
import { unprivileged } from "./unprivileged.ts";

export interface EmbeddedPostgres {
  /** Signs in as holdfast_owner, who owns the database and may create roles, and nothing more. */
  ownerUrl: string;
  /** Signs in as the server's administrator, for whom row-level security does not exist: for tests and repair only. */
  superuserUrl: string;
  port: number;
  /** The server's own process. */
  pid: number;
  /** Settles when the server has ended, also when nobody asked it to. */
  exited: Promise<void>;
  /** Ends the server cleanly: transactions are rolled back, everything committed is on disk. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** HOLDFAST_DATA; the server lives in its folder `postgres`. */
  dataDir: string;
  /** For tests: nothing waits for the disk, and a power cut may lose all. */
  fast?: boolean;
  /** For tests: the port of an earlier start, instead of a free one. */
  port?: number;
}

interface Places {
  home: string;
  cluster: string;
  log: string;
  binaries: string;
  passwords: { superuser: string; owner: string };
}

const startTimeoutMs = 120_000;
const stopTimeoutMs = 60_000;

/**
 * Starts the PostgreSQL that comes with the project on a free port of 127.0.0.1, and makes its data folder, the database
 * and the owner role when they are not there. Every connection needs a password (SCRAM); there is no socket without one.
 * The server ends when this process ends, however that happens.
 *
 * @throws when another process uses the data folder, or with the end of the server's log when it does not start
 */
export async function startEmbeddedPostgres({
  dataDir,
  fast = false,
  port: wantedPort,
}: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const home = join(resolve(dataDir), "postgres");
  mkdirSync(home, { recursive: true, mode: 0o711 });
  const unlock = lock(home);
  try {
    const places = await prepare(home, fast);
    await endLeftover(places.cluster);
    const { server, port } = await launch(places, fast, wantedPort);
    const exited = once(server, "exit").then(() => {
      server.stdin?.destroy();
      unlock();
    });
    const stop = () => end(server, exited);
    const url = (user: string, password: string, database: string) => `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;
    const superuserUrl = url("postgres", places.passwords.superuser, "postgres");
    try {
      await makeDatabase(superuserUrl, places.passwords.owner);
    } catch (error) {
      await stop();
      throw error;
    }
    return { ownerUrl: url("holdfast_owner", places.passwords.owner, "holdfast"), superuserUrl, port, pid: server.pid ?? 0, exited, stop };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The port of 127.0.0.1 at which the embedded server of a data folder answers now, or null when none is ready. */
export function runningPort(dataDir: string): number | null {
  const cluster = join(resolve(dataDir), "postgres", "cluster");
  const note = join(cluster, "postmaster.pid");
  if (!existsSync(note)) return null;
  // Line by line as PostgreSQL's own pg_ctl reads it: process, folder, start, port, …, state.
  const lines = readFileSync(note, "utf8").split("\n");
  const isReady = isServerOf(Number(lines[0]), cluster) && lines[7]?.trim() === "ready";
  return isReady ? Number(lines[3]) : null;
}

function lock(home: string): () => void {
  try {
    return lockForProcess(join(home, "launcher.pid"));
  } catch (error) {
    if (!(error instanceof ProcessLockedError)) throw error;
    throw new Error(`The data folder ${home} is in use by process ${error.pid}: stop that one, or set HOLDFAST_DATA to another folder.`, {
      cause: error,
    });
  }
}

async function prepare(home: string, fast: boolean): Promise<Places> {
  const cluster = join(home, "cluster");
  const passwordsFile = join(home, "passwords.json");
  const places = { home, cluster, log: join(home, "postgres.log"), binaries: postgresBinaries() };
  if (existsSync(cluster)) return { ...places, passwords: readPasswords(passwordsFile) };

  const passwords = { superuser: randomBytes(24).toString("base64url"), owner: randomBytes(24).toString("base64url") };
  writeFileSync(passwordsFile, JSON.stringify(passwords), { mode: 0o600 });
  const unfinished = join(home, "cluster.new");
  const passwordFile = join(home, "initdb.password");
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordFile, passwords.superuser, { mode: 0o600 });
  try {
    await initialize(unfinished, passwordFile, places, fast);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(unfinished, cluster);
  return { ...places, passwords };
}

function readPasswords(file: string): Places["passwords"] {
  try {
    const read: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof read === "object" && read !== null && "superuser" in read && "owner" in read) {
      return { superuser: String(read.superuser), owner: String(read.owner) };
    }
  } catch {
    // Said below.
  }
  throw new Error(
    `${file} is missing or damaged, so nobody can sign in to the embedded database: put it back from a copy of the data folder.`,
  );
}

async function initialize(folder: string, passwordFile: string, places: Pick<Places, "binaries" | "log">, fast: boolean): Promise<void> {
  const args = [
    ...["-D", folder, "--username=postgres", `--pwfile=${passwordFile}`, "--auth=scram-sha-256", "--encoding=UTF8"],
    ...["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", ...(fast ? ["--no-sync"] : [])],
  ];
  const run = unprivileged(join(places.binaries, "initdb"), args, [places.binaries, folder].map(parentOf));
  if (run.owner) {
    chownSync(folder, run.owner.uid, run.owner.gid);
    chownSync(passwordFile, run.owner.uid, run.owner.gid);
  }
  const child = spawn(run.command, run.args, { ...run.identity, cwd: "/", env: bareEnvironment(), stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (chunk) => (complaint += String(chunk)));
  await new Promise<void>((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => (code === 0 ? done() : fail(new Error(`The embedded database could not be made: ${complaint.trim()}`))));
  });
}

/** The folder itself is given to the server; what must be open to it is the way there. */
function parentOf(path: string): string {
  return resolve(path, "..");
}

/** Ends a server that outlived its launcher, and removes a note of one that does not live any more. */
async function endLeftover(cluster: string): Promise<void> {
  const note = join(cluster, "postmaster.pid");
  if (!existsSync(note)) return;
  const pid = Number(readFileSync(note, "utf8").split("\n")[0]);
  if (!isServerOf(pid, cluster)) {
    rmSync(note, { force: true });
    return;
  }
  process.kill(pid, "SIGINT");
  const deadline = Date.now() + stopTimeoutMs;
  while (isServerOf(pid, cluster)) {
    if (Date.now() > deadline)
      throw new Error(`A database server of an earlier start (process ${pid}) does not end: end it by hand and start again.`);
    await delay(50);
  }
}

function isServerOf(pid: number, cluster: string): boolean {
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return false;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(cluster);
  } catch {
    // No /proc: the server's own check of its note decides; a living process of that number is taken for it.
    return !existsSync("/proc/self");
  }
}

async function launch(places: Places, fast: boolean, wantedPort?: number): Promise<{ server: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = wantedPort ?? (await freePort());
    const server = spawnServer(places, port, fast);
    if (await becomesReady(server, places.cluster)) return { server, port };
    const end = readFileSync(places.log, "utf8").trim().split("\n").slice(-5).join(" | ");
    // Somebody may have taken the port between the look and the start.
    if (attempt === 3 || !end.includes("could not create any TCP/IP sockets"))
      throw new Error(`The embedded database does not start: ${end}`);
  }
}

function spawnServer(places: Places, port: number, fast: boolean): ChildProcess {
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    max_connections: 200,
    shared_buffers: "128MB",
    timezone: "UTC",
    log_timezone: "UTC",
    log_min_messages: "warning",
    // A failed statement may carry what a log must not.
    log_min_error_statement: "panic",
    ...(fast ? { fsync: "off", full_page_writes: "off" } : {}),
  };
  const args = [...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  // The shell becomes the server; beside it, a sleeper waits for the end of our side of its stdin and then asks the server to end.
  const script = 'exec 3<&0; (cat <&3; kill -INT $$) >/dev/null 2>&1 & exec "$@" 3<&- </dev/null';
  const server = [join(places.binaries, "postgres"), "-D", places.cluster, ...args];
  const run = unprivileged("/bin/sh", ["-c", script, "sh", ...server], [places.binaries, parentOf(places.cluster)]);
  const log = openSync(places.log, "w", 0o600);
  try {
    return spawn(run.command, run.args, { ...run.identity, cwd: "/", env: bareEnvironment(), stdio: ["pipe", log, log], detached: true });
  } finally {
    closeSync(log);
  }
}

/** The server needs nothing of our environment, and must not see what is secret in it. */
function bareEnvironment(): NodeJS.ProcessEnv {
  return { PATH: "/usr/bin:/bin", LC_ALL: "C", NODE_ENV: process.env.NODE_ENV };
}

/** Like pg_ctl, trusts the eighth line of postmaster.pid. */
async function becomesReady(server: ChildProcess, cluster: string): Promise<boolean> {
  const note = join(cluster, "postmaster.pid");
  const deadline = Date.now() + startTimeoutMs;
  while (server.exitCode === null && server.signalCode === null) {
    const lines = existsSync(note) ? readFileSync(note, "utf8").split("\n") : [];
    if (Number(lines[0]) === server.pid && lines[7]?.trim() === "ready") return true;
    if (Date.now() > deadline) server.kill("SIGINT");
    await delay(20);
  }
  return false;
}

async function end(server: ChildProcess, exited: Promise<void>): Promise<void> {
  server.stdin?.destroy();
  if (server.exitCode === null && server.signalCode === null) server.kill("SIGINT");
  const isLate = Symbol("late");
  const timer = new AbortController();
  const outcome = await Promise.race([exited, delay(stopTimeoutMs, isLate, { signal: timer.signal, ref: false })]);
  timer.abort();
  if (outcome === isLate) server.kill("SIGQUIT");
  await exited;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("There is no free port on 127.0.0.1.");
  return address.port;
}

async function makeDatabase(superuserUrl: string, ownerPassword: string): Promise<void> {
  const admin = new pg.Client({ connectionString: superuserUrl });
  await admin.connect();
  try {
    const owner = await admin.query("SELECT 1 FROM pg_roles WHERE rolname = 'holdfast_owner'");
    if (owner.rowCount === 0) {
      await admin.query(
        `CREATE ROLE holdfast_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB CREATEROLE PASSWORD ${admin.escapeLiteral(ownerPassword)}`,
      );
    }
    const database = await admin.query("SELECT 1 FROM pg_database WHERE datname = 'holdfast'");
    if (database.rowCount === 0) await admin.query("CREATE DATABASE holdfast OWNER holdfast_owner");
    await admin.query("REVOKE ALL ON DATABASE holdfast, postgres, template1 FROM PUBLIC");
  } finally {
    await admin.end();
  }
}
