import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { generateDataKey, unwrapDataKey, wrapDataKey } from "#lib/crypto/data-key.ts";
import { isMasterKeyOf, loginUrl } from "#lib/db/login-roles.ts";
import { readEnv } from "#lib/env.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { ensureMasterKey, readMasterKeyFile } from "./master-key.ts";
import { prepareDatabase } from "./prepare-database.ts";
import { finishRotation, rewrap, rotateMasterKey } from "./rotate-master-key.ts";

// Login roles belong to a whole server, so these tests have their own.

let dataDir: string;
let before: Buffer;
const dataKeys = new Map<string, Buffer>();
const file = () => join(dataDir, "master.key");
const settings = () => readEnv({ HOLDFAST_DATA: dataDir });

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "holdfast-test-rotate-"));
  before = ensureMasterKey(settings()).key;
  await withServer(async (ownerUrl, admin) => {
    await prepareDatabase({ ownerUrl, masterKey: before });
    for (const id of ["ten_a", "ten_b"]) {
      const dataKey = generateDataKey();
      dataKeys.set(id, dataKey);
      await admin.query("INSERT INTO tenants (id, slug, name, wrapped_data_key) VALUES ($1, $1, $1, $2)", [
        id,
        wrapDataKey(before, dataKey, id),
      ]);
    }
  });
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

test("the new key opens every tenant's data key and signs every role in; the old one nothing", async () => {
  expect(await rotateMasterKey(settings())).toBe(0);
  const after = readMasterKeyFile(file());
  expect(after.equals(before)).toBe(false);
  const kept = readdirSync(dataDir).filter((name) => name.startsWith("master.key."));
  expect(kept.map((name) => readMasterKeyFile(join(dataDir, name)))).toEqual([before]);
  await withServer(async (ownerUrl, admin) => {
    expect(await isMasterKeyOf(ownerUrl, before)).toBe(false);
    await prepareDatabase({ ownerUrl, masterKey: after });
    await expectWrappedBy(admin, after);
    expect(await installationName(admin)).toMatch(/^[0-9a-f]{32}$/);
    const open = "SELECT relname FROM pg_class WHERE relname IN ('tenants', 'installation') AND NOT relforcerowsecurity";
    expect((await admin.query(open)).rows).toEqual([]);
  });
});

test("the command takes both keys from the environment, and writes and shows neither", async () => {
  rmSync(file());
  const after = randomBytes(32);
  const ran = await rotateAtShell({ HOLDFAST_MASTER_KEY: before.toString("base64"), HOLDFAST_NEW_MASTER_KEY: after.toString("base64") });
  expect(ran).toEqual({ code: 0, errors: "", words: expect.stringContaining("Now set HOLDFAST_MASTER_KEY to the new one") as string });
  expect(ran.words).toContain("The data keys of 2 tenants are wrapped by the new master key");
  for (const key of [before, after]) expect(ran.words).not.toContain(key.toString("base64"));
  expect(readdirSync(dataDir).filter((name) => name.startsWith("master.key"))).toEqual([]);
  await withServer(async (ownerUrl, admin) => {
    expect(await isMasterKeyOf(ownerUrl, before)).toBe(false);
    expect(await isMasterKeyOf(ownerUrl, after)).toBe(true);
    await expectWrappedBy(admin, after);
  });
});

test("a second rotation keeps the installation's name, which no longer derives from the key", async () => {
  await rotateMasterKey(settings());
  const first = await withServer((_url, admin) => installationName(admin));
  await rotateMasterKey(settings());
  expect(await withServer((_url, admin) => installationName(admin))).toBe(first);
});

test("an error in the middle leaves everything as it was", async () => {
  await withServer(async (ownerUrl, admin) => {
    await admin.query("UPDATE tenants SET wrapped_data_key = 'damaged' WHERE id = 'ten_b'");
    await expect(rewrap(ownerUrl, before, Buffer.alloc(32, 9))).rejects.toThrow();
    expect(await isMasterKeyOf(ownerUrl, before)).toBe(true);
    const { rows } = await admin.query<{ wrapped: string }>("SELECT wrapped_data_key AS wrapped FROM tenants WHERE id = 'ten_a'");
    expect(unwrapDataKey(before, rows[0]?.wrapped ?? "", "ten_a")).toEqual(dataKeys.get("ten_a"));
  });
});

test("a rotation killed before or after its transaction ends in the key that the database knows", async () => {
  await withServer(async (ownerUrl, admin) => {
    const next = Buffer.alloc(32, 5);
    writeFileSync(`${file()}.next`, `${next.toString("base64")}\n`);
    expect(await finishRotation(dataDir, ownerUrl)).toBe(false);
    expect(existsSync(`${file()}.next`)).toBe(false);
    expect(readMasterKeyFile(file())).toEqual(before);

    writeFileSync(`${file()}.next`, `${next.toString("base64")}\n`);
    await rewrap(ownerUrl, before, next);
    expect(await finishRotation(dataDir, ownerUrl)).toBe(true);
    expect(readFileSync(file(), "utf8").trim()).toBe(next.toString("base64"));
    await expectWrappedBy(admin, next);
  });
});

test("a server that lets everybody in puts no key in place that wraps nothing", async () => {
  await withServer(async (ownerUrl, admin) => {
    await trustEverybody(ownerUrl, admin);
    const next = Buffer.alloc(32, 5);
    const write = () => writeFileSync(`${file()}.next`, `${next.toString("base64")}\n`);
    write();
    expect(await finishRotation(dataDir, ownerUrl)).toBe(false);
    expect(existsSync(`${file()}.next`)).toBe(false);
    expect(readMasterKeyFile(file())).toEqual(before);
    write();
    await rewrap(ownerUrl, before, next);
    expect(await finishRotation(dataDir, ownerUrl)).toBe(true);
    await expectWrappedBy(admin, next);
    const open = "SELECT relname FROM pg_class WHERE relname IN ('tenants', 'installation') AND NOT relforcerowsecurity";
    expect((await admin.query(open)).rows).toEqual([]);
  });
});

test("where neither key opens anything, both stay", async () => {
  await withServer(async (ownerUrl, admin) => {
    await admin.query("UPDATE tenants SET wrapped_data_key = 'damaged'");
    writeFileSync(`${file()}.next`, `${Buffer.alloc(32, 5).toString("base64")}\n`);
    await expect(finishRotation(dataDir, ownerUrl)).rejects.toThrow("Neither master.key nor master.key.next");
    expect(existsSync(`${file()}.next`)).toBe(true);
    expect(readMasterKeyFile(file())).toEqual(before);
  });
});

test("refuses while somebody works on the database, and where the environment does not fit", async () => {
  await withServer(async (ownerUrl) => {
    const worker = new pg.Client({ connectionString: loginUrl(ownerUrl, "app", before) });
    await worker.connect();
    await expect(rewrap(ownerUrl, before, Buffer.alloc(32, 9))).rejects.toThrow("stop it on every machine");
    await worker.end();
  });
  const key = Buffer.alloc(32, 1).toString("base64");
  await expect(rotateMasterKey(readEnv({ HOLDFAST_DATA: dataDir, HOLDFAST_MASTER_KEY: key }))).rejects.toThrow(
    "HOLDFAST_NEW_MASTER_KEY must",
  );
  await expect(rotateMasterKey(readEnv({ HOLDFAST_DATA: dataDir, HOLDFAST_NEW_MASTER_KEY: key }))).rejects.toThrow("is only for");
});

/** As an operator types it. */
async function rotateAtShell(keys: Record<string, string>): Promise<{ code: number | null; words: string; errors: string }> {
  const { DATABASE_URL: _, ...inherited } = process.env;
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "ops/cli.ts", "master-key", "rotate"], {
    env: { ...inherited, HOLDFAST_DATA: dataDir, ...keys },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [words, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { code, words, errors };
}

/** As an administrator of an external server may have set it up. */
async function trustEverybody(ownerUrl: string, admin: pg.Client): Promise<void> {
  const [shown] = (await admin.query<{ hba_file: string }>("SHOW hba_file")).rows;
  writeFileSync(shown?.hba_file ?? "", "local all all trust\nhost all all 127.0.0.1/32 trust\nhost all all ::1/128 trust\n");
  await admin.query("SELECT pg_reload_conf()");
  await expect.poll(() => isMasterKeyOf(ownerUrl, Buffer.alloc(32, 77)), { timeout: 10_000 }).toBe(true);
}

async function expectWrappedBy(admin: pg.Client, masterKey: Buffer): Promise<void> {
  const { rows } = await admin.query<{ id: string; wrapped: string }>("SELECT id, wrapped_data_key AS wrapped FROM tenants");
  expect(rows).toHaveLength(2);
  for (const { id, wrapped } of rows) {
    expect(unwrapDataKey(masterKey, wrapped, id)).toEqual(dataKeys.get(id));
    expect(() => unwrapDataKey(before, wrapped, id)).toThrow();
  }
}

async function installationName(admin: pg.Client): Promise<string | undefined> {
  return (await admin.query<{ name: string }>("SELECT name FROM installation")).rows[0]?.name;
}

async function withServer<Result>(work: (ownerUrl: string, admin: pg.Client) => Promise<Result>): Promise<Result> {
  const database = await startEmbeddedPostgres({ dataDir, fast: true });
  const url = new URL(database.superuserUrl);
  url.pathname = "/holdfast";
  const admin = new pg.Client({ connectionString: url.toString() });
  await admin.connect();
  try {
    return await work(database.ownerUrl, admin);
  } finally {
    await admin.end();
    await database.stop();
  }
}
