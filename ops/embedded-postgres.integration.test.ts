import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded-postgres.ts";
import { isAlive } from "./process-lock.ts";

let dataDir: string;
const running: EmbeddedPostgres[] = [];
const launchers: ChildProcess[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "holdfast-test-postgres-"));
  chmodSync(dataDir, 0o755);
});

afterEach(async () => {
  for (const launcher of launchers.splice(0)) launcher.kill("SIGKILL");
  await Promise.all(running.splice(0).map((server) => server.stop()));
  rmSync(dataDir, { recursive: true, force: true });
});

describe("the embedded database", () => {
  test("is made at the first start, keeps its rows, and stops cleanly", async () => {
    const first = await start();
    await query(first.ownerUrl, "CREATE TABLE kept (id int)");
    await query(first.ownerUrl, "INSERT INTO kept VALUES (7)");
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);
    expect(existsSync(join(dataDir, "postgres/cluster/postmaster.pid"))).toBe(false);

    const second = await start();
    expect(await query(second.ownerUrl, "SELECT id FROM kept")).toEqual([{ id: 7 }]);
  });

  test("lets nobody in without a password, and gives the owner no more than the database", async () => {
    const server = await start();
    const wrong = new URL(server.superuserUrl);
    wrong.password = "wrong";
    await expect(query(wrong.toString(), "SELECT 1")).rejects.toThrow(/password authentication failed/);
    wrong.password = "";
    await expect(query(wrong.toString(), "SELECT 1")).rejects.toThrow(/password/);
    const rules = await query(server.superuserUrl, "SELECT DISTINCT auth_method FROM pg_hba_file_rules");
    expect(rules).toEqual([{ auth_method: "scram-sha-256" }]);
    const rights = "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user";
    expect(await query(server.ownerUrl, rights)).toEqual([
      { rolsuper: false, rolbypassrls: false, rolcreatedb: false, rolcreaterole: true },
    ]);
    expect(await query(server.superuserUrl, "SHOW unix_socket_directories")).toEqual([{ unix_socket_directories: "" }]);
    expect(await query(server.superuserUrl, "SHOW listen_addresses")).toEqual([{ listen_addresses: "127.0.0.1" }]);
    expect(statSync(join(dataDir, "postgres/passwords.json")).mode & 0o777).toBe(0o600);
  });

  test("runs in a folder whose parents are closed to other users", async () => {
    chmodSync(dataDir, 0o700);
    const server = await start();
    expect(await query(server.ownerUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("refuses a data folder that is in use", async () => {
    await start();
    await expect(start()).rejects.toThrow(/is in use by process \d+: stop that one, or set HOLDFAST_DATA/);
  });

  test("recovers what was committed when the server was killed", async () => {
    const first = await start();
    await query(first.ownerUrl, "CREATE TABLE kept AS SELECT 1 AS id");
    process.kill(first.pid, "SIGKILL");
    await first.exited;

    const second = await start();
    expect(await query(second.ownerUrl, "SELECT id FROM kept")).toEqual([{ id: 1 }]);
  });

  test("ends when its launcher is killed, and the next start finds the folder free", async () => {
    const { launcher, serverPid } = await launchElsewhere();
    launcher.kill("SIGKILL");
    await once(launcher, "exit");
    const next = await start();
    expect(isRunning(serverPid)).toBe(false);
    expect(await query(next.ownerUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("says so when the passwords are gone", async () => {
    await (await start()).stop();
    rmSync(join(dataDir, "postgres/passwords.json"));
    await expect(start()).rejects.toThrow(/passwords.json is missing or damaged/);
  });
});

async function start(): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, fast: true });
  running.push(server);
  return server;
}

async function launchElsewhere(): Promise<{ launcher: ChildProcess; serverPid: number }> {
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(new URL("./embedded-postgres.ts", import.meta.url).href)});
    await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, fast: true });
    setInterval(() => {}, 1000);`;
  const launcher = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "ignore", "inherit"] });
  launchers.push(launcher);
  const note = join(dataDir, "postgres/cluster/postmaster.pid");
  for (;;) {
    const lines = existsSync(note) ? readFileSync(note, "utf8").split("\n") : [];
    if (lines[7]?.trim() === "ready") return { launcher, serverPid: Number(lines[0]) };
    if (launcher.exitCode !== null) throw new Error("The launcher ended early.");
    await delay(20);
  }
}

/** A process that ended but was not yet collected by its parent has an empty command line. */
function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
