import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "#e2e/servers/postgres.ts";
import type { LoginRole } from "#lib/db/login-roles.ts";

// Walks whatever tables the migrations made, so that a new table cannot be forgotten.

let database: TestDatabase;
let admin: pg.Client;
const clients = {} as Record<Exclude<LoginRole, "queue">, pg.Client>;
let tables: string[];
let tenantTables: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await connect(database.superuserUrl);
  for (const role of ["app", "scheduler", "identity", "operator"] as const) clients[role] = await connect(database.urlOf(role));
  const found = await admin.query<{ name: string; tenant: boolean }>(`
    SELECT c.relname AS name, EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS tenant
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> '_prisma_migrations' ORDER BY 1`);
  tables = found.rows.map((row) => row.name);
  tenantTables = found.rows.filter((row) => row.tenant).map((row) => row.name);
  await dropChecks();
  for (const table of tables) for (const tenant of ["ten_a", "ten_b"]) await insertRow(table, tenant);
  await admin.query("UPDATE members SET account_id = 'accounts-' || tenant_id");
  await admin.query("UPDATE sessions SET account_id = 'accounts-' || right(id, 5)");
});

afterAll(async () => {
  for (const client of [admin, ...Object.values(clients)]) await client.end();
  await database.drop();
});

test("row-level security is enabled and forced on every table", async () => {
  const open = await admin.query(
    "SELECT relname FROM pg_class WHERE relname = ANY($1) AND relnamespace = 'public'::regnamespace AND NOT (relrowsecurity AND relforcerowsecurity)",
    [tables],
  );
  expect(open.rows).toEqual([]);
  expect(tenantTables.length).toBeGreaterThanOrEqual(17);
});

test("references between tenants' tables carry the tenant", async () => {
  const loose = await admin.query(
    `SELECT conname FROM pg_constraint c WHERE contype = 'f' AND conrelid::regclass::text = ANY($1) AND confrelid::regclass::text = ANY($1) AND array_length(conkey, 1) < 2`,
    [tenantTables],
  );
  expect(loose.rows).toEqual([]);
});

test("no login role may bypass row-level security or owns a table", async () => {
  const strong = await admin.query<object>(
    "SELECT rolname FROM pg_roles WHERE rolname LIKE 'holdfast\\_%' AND rolname <> 'holdfast_owner' AND (rolsuper OR rolbypassrls)",
  );
  const owning = await admin.query<object>(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner <> 'holdfast_owner'",
  );
  expect([...strong.rows, ...owning.rows]).toEqual([]);
});

describe("one tenant at a time", () => {
  test("tenant B sees its own row of every table and nothing of tenant A", async () => {
    for (const table of [...tenantTables, "tenants", "accounts", "sessions"]) {
      const rows = await asTenant(
        "ten_b",
        `SELECT count(*)::int AS all, count(*) FILTER (WHERE ${ownerColumn(table)} LIKE '%ten_a')::int AS foreign FROM ${table}`,
      );
      expect({ table, ...rows[0] }).toEqual({ table, all: 1, foreign: 0 });
    }
  });

  test("tenant B changes and removes nothing of tenant A, even when it asks for every row", async () => {
    const before = await fingerprint("ten_a");
    for (const table of [...tenantTables, "tenants", "sessions"]) {
      const readable = await columnsWith(table, "SELECT");
      for (const column of await columnsWith(table, "UPDATE")) {
        await asTenant("ten_b", `UPDATE ${table} SET ${column} = ${readable.includes(column) ? column : "NULL"}`, 1);
      }
      if (await mayDelete(table)) await asTenant("ten_b", `DELETE FROM ${table}`, 1);
    }
    expect(await fingerprint("ten_a")).toEqual(before);
  });

  test("tenant B inserts nothing into tenant A", async () => {
    for (const table of tenantTables) {
      const columns = await columnsWith(table, "INSERT");
      if (columns.length === 0) continue;
      await expect(asTenant("ten_b", `INSERT INTO ${table} (tenant_id) VALUES ('ten_a')`), table).rejects.toMatchObject({
        code: expect.stringMatching(/42501|23502/) as string,
      });
      const copy = `INSERT INTO ${table} SELECT (jsonb_populate_record(t, '{"tenant_id": "ten_a"}')).* FROM ${table} t`;
      await expect(asTenant("ten_b", copy), table).rejects.toMatchObject({ code: "42501" });
    }
  });

  test("a transaction that names no tenant fails rather than seeing nothing", async () => {
    for (const table of tenantTables) await expect(clients.app.query(`SELECT 1 FROM ${table}`), table).rejects.toThrow("names no tenant");
    await expect(asTenant("", "SELECT 1 FROM systems")).rejects.toThrow("names no tenant");
  });
});

test("each role that sees all tenants really sees its rows, and no column that is not its own", async () => {
  for (const role of ["scheduler", "identity", "operator"] as const) {
    for (const table of tables) {
      const columns = await columnsWith(table, "SELECT", role);
      if (columns.length === 0) {
        await expect(clients[role].query(`SELECT 1 FROM ${table}`), `${role} ${table}`).rejects.toMatchObject({ code: "42501" });
        continue;
      }
      const { rows } = await clients[role].query<{ n: number }>(`SELECT count(${columns[0] ?? ""})::int AS n FROM ${table}`);
      expect({ role, table, rows: rows[0]?.n }).toEqual({ role, table, rows: 2 });
    }
  }
});

function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  return client.connect().then(() => client);
}

/** This database is the test's own: without checks and references a row of every table can be made up from its columns' types. */
async function dropChecks(): Promise<void> {
  const checks = await admin.query<{ table: string; name: string }>(
    "SELECT conrelid::regclass::text AS table, conname AS name FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND conrelid <> 0",
  );
  for (const { table, name } of checks.rows) await admin.query(`ALTER TABLE ${table} DROP CONSTRAINT "${name}"`);
  await admin.query("SET session_replication_role = replica");
}

async function insertRow(table: string, tenant: string): Promise<void> {
  const columns = await admin.query<{ name: string; type: string }>(
    "SELECT column_name AS name, data_type AS type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 AND is_nullable = 'NO'",
    [table],
  );
  const values = columns.rows.map(({ name, type }) => sample(table, tenant, name, type));
  const places = values.map((_, index) => `$${index + 1}`).join(", ");
  await admin.query(`INSERT INTO ${table} (${columns.rows.map(({ name }) => name).join(", ")}) VALUES (${places})`, values);
}

function sample(table: string, tenant: string, column: string, type: string): unknown {
  if (column === "tenant_id" || (table === "tenants" && column === "id")) return tenant;
  // Of the runs, a tenant may remove none but those.
  if (table === "runs" && column === "status") return "scheduled";
  if (type === "text") return `${table}-${tenant}`;
  if (type === "ARRAY") return [];
  if (type === "jsonb") return "{}";
  if (type === "boolean") return true;
  if (type.startsWith("timestamp")) return "2026-01-01T00:00:00Z";
  return 1;
}

function ownerColumn(table: string): string {
  return tenantTables.includes(table) ? "tenant_id" : "id";
}

async function asTenant(tenant: string, statement: string, expectedCount?: number): Promise<Record<string, unknown>[]> {
  await clients.app.query("BEGIN");
  try {
    await clients.app.query("SELECT set_config('app.tenant_id', $1, true)", [tenant]);
    const result = await clients.app.query<Record<string, unknown>>(statement);
    if (expectedCount !== undefined) expect({ statement, count: result.rowCount }).toEqual({ statement, count: expectedCount });
    return result.rows;
  } finally {
    await clients.app.query("ROLLBACK");
  }
}

async function columnsWith(table: string, privilege: string, role: LoginRole = "app"): Promise<string[]> {
  const found = await admin.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1
     AND has_column_privilege($2, 'public.' || table_name, column_name, $3) ORDER BY ordinal_position`,
    [table, `holdfast_${role}`, privilege],
  );
  return found.rows.map((row) => row.name);
}

async function mayDelete(table: string): Promise<boolean> {
  const found = await admin.query<{ may: boolean }>("SELECT has_table_privilege('holdfast_app', $1, 'DELETE') AS may", [`public.${table}`]);
  return found.rows[0]?.may ?? false;
}

async function fingerprint(tenant: string): Promise<string[]> {
  const prints: string[] = [];
  for (const table of tenantTables) {
    const { rows } = await admin.query<{ print: string }>(
      `SELECT md5(string_agg(t::text, '|')) AS print FROM ${table} t WHERE tenant_id = $1`,
      [tenant],
    );
    prints.push(`${table} ${rows[0]?.print ?? ""}`);
  }
  return prints;
}
