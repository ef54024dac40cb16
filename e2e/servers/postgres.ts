import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { inject } from "vitest";
import { z } from "zod";
import type { LoginRole } from "#lib/db/login-roles.ts";
import { loginUrl, serverUrl } from "#lib/db/login-roles.ts";
import { startEmbeddedPostgres } from "#ops/embedded-postgres.ts";
import { grantAccess, prepareDatabase } from "#ops/prepare-database.ts";
import type { BrokeredServer } from "./broker.ts";
import { factsFrom } from "./broker.ts";

const factsSchema = z.object({ ownerUrl: z.string(), superuserUrl: z.string(), masterKey: z.string() });

export interface TestDatabase {
  /** As the owner: an ordinary role under row-level security. */
  ownerUrl: string;
  /** As the server's administrator, who sees every row: for fixtures and for looking behind the policies. */
  superuserUrl: string;
  /** Without credentials: HOLDFAST_DATABASE_SERVER. */
  serverUrl: string;
  masterKey: Buffer;
  urlOf(role: LoginRole): string;
  drop(): Promise<void>;
}

/** The one server of a test run, with a migrated database that the test files' own databases are copies of. */
export async function startTestPostgres(): Promise<BrokeredServer> {
  const dataDir = await mkdtemp(join(tmpdir(), "holdfast-test-run-"));
  await chmod(dataDir, 0o755);
  const server = await startEmbeddedPostgres({ dataDir, fast: true });
  const masterKey = randomBytes(32);
  const stop = async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await prepareDatabase({ ownerUrl: server.ownerUrl, masterKey });
  } catch (error) {
    await stop();
    throw error;
  }
  return { facts: { ownerUrl: server.ownerUrl, superuserUrl: server.superuserUrl, masterKey: masterKey.toString("base64") }, stop };
}

/** A migrated, empty database of its own, on the run's server. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const facts = factsSchema.parse(await factsFrom(inject("serverBroker"), "postgres"));
  const masterKey = Buffer.from(facts.masterKey, "base64");
  const name = `test_${randomBytes(6).toString("hex")}`;
  await administer(facts.superuserUrl, `CREATE DATABASE ${name} TEMPLATE holdfast OWNER holdfast_owner`);
  const ownerUrl = withDatabase(facts.ownerUrl, name);
  await closeAsInProduction(facts.superuserUrl, ownerUrl, name);
  return {
    ownerUrl,
    superuserUrl: withDatabase(facts.superuserUrl, name),
    serverUrl: serverUrl(ownerUrl),
    masterKey,
    urlOf: (role) => loginUrl(ownerUrl, role, masterKey),
    drop: () => administer(facts.superuserUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** A copied database is open to everybody again; the real one is not. */
async function closeAsInProduction(superuserUrl: string, ownerUrl: string, name: string): Promise<void> {
  await administer(superuserUrl, `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  try {
    await grantAccess(owner);
  } finally {
    await owner.end();
  }
}

function withDatabase(url: string, name: string): string {
  const result = new URL(url);
  result.pathname = name;
  return result.toString();
}

async function administer(superuserUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
