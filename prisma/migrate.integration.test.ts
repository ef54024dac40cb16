import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ensureLoginRoles, loginRoles } from "#lib/db/login-roles.ts";
import { createTestDatabase, type TestDatabase } from "../e2e/servers/postgres.ts";
import { migrate, schemaDrift } from "./migrate.ts";

let database: TestDatabase;
let owner: pg.Client;
let migrationsDir: string;

beforeEach(async () => {
  database = await createTestDatabase();
  owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  migrationsDir = mkdtempSync(join(tmpdir(), "holdfast-test-migrations-"));
  writeFileSync(join(migrationsDir, "migration_lock.toml"), 'provider = "postgresql"\n');
});

afterEach(async () => {
  await owner.end();
  await database.drop();
  rmSync(migrationsDir, { recursive: true, force: true });
});

describe("the project's own migrations", () => {
  test("were all applied by an ordinary owner, and agree with schema.prisma", async () => {
    expect(await migrate({ url: database.ownerUrl })).toEqual([]);
    expect(await schemaDrift({ url: database.ownerUrl })).toBeNull();
    const owners = await owner.query("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'");
    expect(owners.rows).toEqual([{ tableowner: "holdfast_owner" }]);
  });

  test("a difference between schema.prisma and the database is told as SQL", async () => {
    await owner.query("ALTER TABLE tenants ADD COLUMN forgotten integer");
    expect(await schemaDrift({ url: database.ownerUrl })).toMatch(/DROP COLUMN "forgotten"/);
  });
});

describe("a migration", () => {
  beforeEach(async () => {
    await owner.query("DROP SCHEMA public CASCADE");
    await owner.query("CREATE SCHEMA public");
  });

  test("may hold functions, and is applied once", async () => {
    write("1_first", "CREATE TABLE a (id int); CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$;");
    write("2_second", "DO $x$ BEGIN INSERT INTO a VALUES (f()); END; $x$; -- BEGIN;");
    expect(await migrate({ url: database.ownerUrl, migrationsDir })).toEqual(["1_first", "2_second"]);
    expect(await migrate({ url: database.ownerUrl, migrationsDir })).toEqual([]);
    expect((await owner.query("SELECT id FROM a")).rows).toEqual([{ id: 1 }]);
    const history = await owner.query(
      "SELECT migration_name, applied_steps_count FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY 1",
    );
    expect(history.rows).toEqual([
      { migration_name: "1_first", applied_steps_count: 1 },
      { migration_name: "2_second", applied_steps_count: 1 },
    ]);
  });

  test("that fails halfway leaves nothing, says why, and is tried again once mended", async () => {
    write("1_first", "CREATE TABLE kept (id int);");
    write("2_broken", "CREATE TABLE lost (id int); INSERT INTO lost VALUES ('seven');");
    await expect(migrate({ url: database.ownerUrl, migrationsDir })).rejects.toThrow(
      /^The migration 2_broken failed, and nothing of it was kept: ERROR: invalid input .*"seven"$/,
    );
    expect((await owner.query("SELECT to_regclass('kept') AS kept, to_regclass('lost') AS lost")).rows).toEqual([
      { kept: "kept", lost: null },
    ]);
    write("2_broken", "CREATE TABLE lost (id int); INSERT INTO lost VALUES (7);");
    expect(await migrate({ url: database.ownerUrl, migrationsDir })).toEqual(["2_broken"]);
  });

  test("that was edited, or is unknown, or commits by itself, is refused", async () => {
    write("1_first", "CREATE TABLE a (id int);");
    write("2_second", "CREATE TABLE b (id int);");
    await migrate({ url: database.ownerUrl, migrationsDir });
    write("1_first", "CREATE TABLE a (id bigint);");
    await expect(migrate({ url: database.ownerUrl, migrationsDir })).rejects.toThrow(/1_first was changed after it was applied/);
    write("1_first", "CREATE TABLE a (id int);");
    rmSync(join(migrationsDir, "2_second"), { recursive: true });
    await expect(migrate({ url: database.ownerUrl, migrationsDir })).rejects.toThrow(/migrated by a newer version \(2_second\)/);
    write("2_second", "CREATE TABLE b (id int);");
    write("3_third", "BEGIN; CREATE TABLE c (id int); COMMIT;");
    await expect(migrate({ url: database.ownerUrl, migrationsDir })).rejects.toThrow(/3_third begins or ends a transaction/);
  });
});

describe("the login roles", () => {
  test("sign in with the master key's passwords, bypass nothing, and own nothing but the queue", async () => {
    for (const role of loginRoles) {
      const client = new pg.Client({ connectionString: database.urlOf(role) });
      await client.connect();
      const rights = await client.query(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, has_database_privilege(current_database(), 'CREATE') AS creates FROM pg_roles WHERE rolname = current_user",
      );
      await client.end();
      expect(rights.rows).toEqual([{ rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false, creates: false }]);
    }
    const owned = await owner.query(
      "SELECT DISTINCT n.nspname, r.rolname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname LIKE 'holdfast\\_%' AND r.rolname <> 'holdfast_owner' AND n.nspname !~ '^pg_'",
    );
    expect(owned.rows).toEqual([{ nspname: "bullmq", rolname: "holdfast_queue" }]);
  });

  test("are left alone, with a clear word, when the master key is another one", async () => {
    await expect(ensureLoginRoles(owner, database.ownerUrl, Buffer.alloc(32, 9))).rejects.toThrow(/master key is not the one/);
    await ensureLoginRoles(owner, database.ownerUrl, database.masterKey);
  });
});

function write(name: string, script: string): void {
  mkdirSync(join(migrationsDir, name), { recursive: true });
  writeFileSync(join(migrationsDir, name, "migration.sql"), script);
}
