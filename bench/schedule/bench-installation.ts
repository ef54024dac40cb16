import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { serverUrl } from "#lib/db/login-roles.ts";
import { forgetEnv } from "#lib/env.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "#ops/embedded-postgres.ts";
import { grantAccess, prepareDatabase } from "#ops/prepare-database.ts";

/** A database of an installation, and the environment that names it. */
export interface BenchDatabase {
  name: string;
  ownerUrl: string;
  superuserUrl: string;
  environment: Record<string, string>;
}

export interface BenchInstallation {
  folder: string;
  /** Migrated; what is filled into it comes with every copy. */
  original: BenchDatabase;
  /** A copy of the original. Nobody may be connected to that. */
  copy(name: string): Promise<BenchDatabase>;
  drop(database: BenchDatabase): Promise<void>;
  stop(): Promise<void>;
}

/**
 * An installation of its own in a temporary folder, with a PostgreSQL of its own that waits for the disk as the product's does. The folder goes with the
 * process, however that ends; everything temporary of this process lies in it.
 */
export async function makeBenchInstallation(): Promise<BenchInstallation> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  // The server runs as somebody else when we are root.
  chmodSync(folder, 0o755);
  process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  process.env["TMPDIR"] = folder;
  const server = await startEmbeddedPostgres({ dataDir: folder });
  // What still writes to the folder must have ended before that goes.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void server.stop().then(() => process.exit(1)));
  const masterKey = randomBytes(32);
  await prepareDatabase({ ownerUrl: server.ownerUrl, masterKey });
  const describe = (name: string) => describeDatabase({ server, folder, masterKey, name });
  return {
    folder,
    original: describe("holdfast"),
    async copy(name) {
      const database = describe(name);
      await administer(server.superuserUrl, `CREATE DATABASE ${name} TEMPLATE holdfast OWNER holdfast_owner`);
      await administer(server.superuserUrl, `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
      await asOwner(database, grantAccess);
      return database;
    },
    drop: async ({ name, environment }) => {
      await administer(server.superuserUrl, `DROP DATABASE ${name} WITH (FORCE)`);
      rmSync(environment["HOLDFAST_DATA"] ?? "", { recursive: true, force: true });
    },
    stop: () => server.stop(),
  };
}

/** Makes this process one of the installation's. */
export function enter(database: BenchDatabase): void {
  Object.assign(process.env, database.environment);
  forgetEnv();
}

/** Ends a process that was started from here when this one ends before it. */
export function endWithProcess(pid: number, signal: NodeJS.Signals, ended: Promise<unknown>): void {
  const end = () => process.kill(pid, signal);
  process.prependListener("exit", end);
  void ended.then(() => process.removeListener("exit", end));
}

/** Works with a connection that sees every row. */
export async function asSuperuser<T>(database: BenchDatabase, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient(database.superuserUrl, work);
}

function describeDatabase(of: { server: EmbeddedPostgres; folder: string; masterKey: Buffer; name: string }): BenchDatabase {
  const { server, folder, masterKey, name } = of;
  const ownerUrl = withDatabase(server.ownerUrl, name);
  const dataDir = join(folder, `data-${name}`);
  mkdirSync(dataDir, { recursive: true });
  return {
    name,
    ownerUrl,
    superuserUrl: withDatabase(server.superuserUrl, name),
    environment: {
      HOLDFAST_DATABASE_SERVER: serverUrl(ownerUrl),
      HOLDFAST_MASTER_KEY: masterKey.toString("base64"),
      HOLDFAST_DATA: dataDir,
      HOLDFAST_ALLOWED_NETWORKS: "embedded-default",
    },
  };
}

async function asOwner(database: BenchDatabase, work: (client: pg.Client) => Promise<void>): Promise<void> {
  await withClient(database.ownerUrl, work);
}

async function administer(url: string, statement: string): Promise<void> {
  await withClient(url, (client) => client.query(statement));
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  // A server that is told to end says so; what waits for an answer fails by itself.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, name: string): string {
  const result = new URL(url);
  result.pathname = name;
  return result.toString();
}
