import { runMigrations } from "bullmq";
import pg from "pg";
import { databaseRole, ensureLoginRoles, loginRoles, loginUrl } from "#lib/db/login-roles.ts";
import { migrate } from "../prisma/migrate.ts";

export interface PrepareOptions {
  /** Signs in as the owner of the database, who may create roles. */
  ownerUrl: string;
  /** 32 bytes. */
  masterKey: Buffer;
}

/** Any number that no other program takes a lock on in this database. */
const lockNumber = 4_026_118_722;
const oldestServer = 150_000;

/**
 * Brings a database to this version: login roles, migrations, the queue's tables. Any number of machines may call it at
 * the same time; one does it, the others wait and find it done.
 *
 * @returns the names of the migrations that were applied now
 */
export async function prepareDatabase({ ownerUrl, masterKey }: PrepareOptions): Promise<string[]> {
  const owner = new pg.Client({ connectionString: ownerUrl, application_name: "holdfast-migrate", connectionTimeoutMillis: 30_000 });
  owner.on("error", () => undefined); // A lost connection fails the statement that waits for it.
  await connect(owner, ownerUrl);
  try {
    await refuseOldServer(owner);
    await owner.query("SELECT pg_advisory_lock($1)", [lockNumber]);
    await ensureLoginRoles(owner, ownerUrl, masterKey);
    await grantAccess(owner);
    const applied = await migrate({ url: ownerUrl });
    await migrateQueue(owner, ownerUrl, masterKey);
    return applied;
  } finally {
    await owner.end();
  }
}

async function connect(owner: pg.Client, ownerUrl: string): Promise<void> {
  try {
    await owner.connect();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The database at ${new URL(ownerUrl).host} cannot be used: ${reason || "no answer"}. Check DATABASE_URL.`, {
      cause: error,
    });
  }
}

async function refuseOldServer(owner: pg.Client): Promise<void> {
  const answer = await owner.query<{ number: number; name: string }>(
    "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS name",
  );
  const version = answer.rows[0];
  if (version && version.number >= oldestServer) return;
  throw new Error(`DATABASE_URL points to PostgreSQL ${version?.name ?? "of an unknown version"}; it must be 15 or later.`);
}

/**
 * Lets the login roles in, where the database is closed to the public, and the queue make the temporary table by which
 * it adds jobs in bulk.
 */
export async function grantAccess(owner: pg.Client): Promise<void> {
  const name = await owner.query<{ name: string }>("SELECT quote_ident(current_database()) AS name");
  const database = name.rows[0]?.name ?? "";
  await owner.query(`GRANT CONNECT ON DATABASE ${database} TO ${loginRoles.map(databaseRole).join(", ")}`);
  await owner.query(`GRANT TEMPORARY ON DATABASE ${database} TO ${databaseRole("queue")}`);
}

/** The queue's own tables, in a schema of their own that belongs to the queue's role. */
async function migrateQueue(owner: pg.Client, ownerUrl: string, masterKey: Buffer): Promise<void> {
  const name = await owner.query<{ name: string }>("SELECT quote_ident(current_database()) AS name");
  const database = name.rows[0]?.name ?? "";
  const role = databaseRole("queue");
  // Needed even where the schema is there: CREATE SCHEMA IF NOT EXISTS asks for the right first.
  await owner.query(`GRANT CREATE ON DATABASE ${database} TO ${role}`);
  const queue = new pg.Client({ connectionString: loginUrl(ownerUrl, "queue", masterKey), application_name: "holdfast-migrate" });
  queue.on("error", () => undefined);
  try {
    await queue.connect();
    await runMigrations(queue);
  } finally {
    await queue.end();
    await owner.query(`REVOKE CREATE ON DATABASE ${database} FROM ${role}`);
  }
}
