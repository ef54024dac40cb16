import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { closeClients } from "#lib/db/client.ts";
import { serverUrl } from "#lib/db/login-roles.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { forgetEnv, readEnv } from "#lib/env.ts";
import { localRootsOf } from "#lib/installation.ts";
import { takeSafetyBackup } from "#lib/runs/take-safety-backup.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded-postgres.ts";
import { ensureMasterKey } from "./master-key.ts";
import { prepareDatabase } from "./prepare-database.ts";

// An installation on the embedded database, which runs in some of these tests and is stopped in others.

let dataDir: string;
let database: EmbeddedPostgres | null = null;
let tenant: TestTenant;
let slug: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "holdfast-test-cli-"));
  await startDatabase();
  tenant = await createTestTenant();
  slug = tenant.owner.tenant.slug;
  const { id: systemId } = await withTenant(tenant.id, (db) => db.system.findFirstOrThrow());
  const worker = { id: "wrk_cli", signal: new AbortController().signal };
  for (const _time of [1, 2]) await takeSafetyBackup({ tenantId: tenant.id, systemId, requestedBy: "the test", worker });
}, 120_000);
afterAll(async () => {
  await stopDatabase();
  for (const name of ["HOLDFAST_DATA", "HOLDFAST_DATABASE_SERVER"]) Reflect.deleteProperty(process.env, name);
  forgetEnv();
  rmSync(dataDir, { recursive: true, force: true });
});
afterEach(async () => {
  if (!database) await startDatabase();
});

async function startDatabase(): Promise<void> {
  const { key } = ensureMasterKey(readEnv({ HOLDFAST_DATA: dataDir }));
  database = await startEmbeddedPostgres({ dataDir, fast: true });
  await prepareDatabase({ ownerUrl: database.ownerUrl, masterKey: key });
  Object.assign(process.env, { HOLDFAST_DATA: dataDir, HOLDFAST_DATABASE_SERVER: serverUrl(database.ownerUrl) });
  forgetEnv();
}

async function stopDatabase(): Promise<void> {
  await closeClients();
  await database?.stop();
  database = null;
}

async function forgetBackups(): Promise<void> {
  const url = new URL(database?.superuserUrl ?? "");
  url.pathname = "/holdfast";
  const admin = new pg.Client({ connectionString: url.toString() });
  await admin.connect();
  await admin.query("DELETE FROM backups");
  await admin.end();
}

const backups = () => withTenant(tenant.id, (db) => db.backup.findMany({ orderBy: { number: "asc" } }));

async function cli(...args: string[]): Promise<{ code: number | null; output: string }> {
  const environment = { PATH: process.env["PATH"], HOLDFAST_DATA: dataDir, LOG_LEVEL: "error" };
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "ops/cli.ts", "catalogue", "rebuild", ...args], {
    env: environment as unknown as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, output: out + errors };
}

const wanted = () => ["--tenant", slug, "--destination", "This machine"];

test("works beside a Holdfast that runs, and says what it did", async () => {
  await forgetBackups();
  const dry = await cli(...wanted(), "--dry-run");
  expect(dry).toMatchObject({ code: 0, output: expect.stringContaining("nothing was changed") as unknown });
  expect(await backups()).toEqual([]);
  const { code, output } = await cli("--tenant", tenant.id, "--destination", "This machine");
  expect(output).toContain("2 backups found, 2 new to the catalogue.");
  expect(output).toContain("2 signed by this tenant itself.");
  expect(output).toContain("Whether the newest backups are missing cannot be seen from a destination");
  expect(code).toBe(0);
  expect(await backups()).toMatchObject([
    { origin: "rebuild", authenticity: "own", number: 1, sourceTenantId: null },
    { origin: "rebuild", authenticity: "own", number: 2 },
  ]);
  expect((await cli(...wanted())).output).toContain("2 backups found, 0 new to the catalogue, 2 known.");
});

test("starts the embedded database where Holdfast is stopped, and stops it again", async () => {
  await forgetBackups();
  await stopDatabase();
  const { code, output } = await cli(...wanted());
  expect(output).toContain("2 new to the catalogue");
  expect(code).toBe(0);
  expect(existsSync(join(dataDir, "postgres/cluster/postmaster.pid"))).toBe(false);
  await startDatabase();
  expect(await backups()).toHaveLength(2);
});

test("ends with 2 when something was left out, in words that cannot steer a terminal", async () => {
  const stray = join(localRootsOf(tenant.id)[0] ?? "", tenant.id, "stray\u001b[31m.txt");
  writeFileSync(stray, "");
  const { code, output } = await cli(...wanted());
  expect(output).toContain("Left out (1):");
  expect(output).toContain("stray?[31m.txt is no file of Holdfast's by its name");
  expect(code).toBe(2);
  rmSync(stray);
});

test.each<[string, () => string[], string]>([
  ["no tenant named", () => ["--destination", "This machine"], "Name the tenant and the destination"],
  ["an unknown tenant", () => ["--tenant", "nobody", "--destination", "x"], `There are: `],
  ["an unknown destination", () => ["--tenant", slug, "--destination", "Elsewhere"], "It has “This machine” (dst_"],
  ["a folder that is no tenant's", () => [...wanted(), "--folder", "../other"], "--folder names a folder of the destination"],
  ["an empty folder", () => [...wanted(), "--folder", `ten_${"0".repeat(26)}`], `--folder: there is ten_`],
  ["a signing key that is none", () => [...wanted(), "--trust", "me"], "--trust takes a public signing key"],
  ["an option that does not exist", () => [...wanted(), "--force"], "Unknown option '--force'"],
])("refuses %s in a sentence", async (_what, args, sentence) => {
  const { code, output } = await cli(...args());
  expect(output).toContain(sentence);
  expect(output.trim().split("\n")).toHaveLength(1);
  expect(code).toBe(1);
});

test("says where there is no installation", async () => {
  const kept = dataDir;
  dataDir = mkdtempSync(join(tmpdir(), "holdfast-test-cli-none-"));
  try {
    expect(await cli(...wanted())).toMatchObject({ code: 1, output: expect.stringContaining("There is no installation in") as unknown });
  } finally {
    rmSync(dataDir, { recursive: true });
    dataDir = kept;
  }
});
