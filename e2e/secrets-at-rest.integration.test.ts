import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { startWorkerProcess, type WorkerProcess } from "#e2e/servers/worker-process.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { unwrapDataKey } from "#lib/crypto/data-key.ts";
import { parseHeader, verifyHeaderMac } from "#lib/crypto/header.ts";
import { unprotectIdentity } from "#lib/crypto/passphrase.ts";
import { fileKeyFromHeader } from "#lib/crypto/recipients.ts";
import { open } from "#lib/crypto/sealed.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { setCurrentKey } from "#lib/keys/set-current-key.ts";
import { executeRestore } from "#lib/restores/execute-restore.ts";
import { getRestore } from "#lib/restores/get-restore.ts";
import { planRestore } from "#lib/restores/plan-restore.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { createTestTenant, TEST_PASSWORD, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

// Ten runs and a restore under a passphrase, and one run under a managed key as the control: whoever holds everything
// that is at rest opens the control, which proves that the search finds what there is to find, and nothing else.

const PASSPHRASE = "seven otters paint the harbour";

let installation: TestInstallation;
let worker: WorkerProcess;
let tenant: TestTenant;

beforeAll(async () => {
  installation = await createTestInstallation({ HOLDFAST_DISPATCH_SECONDS: "0.3", LOG_LEVEL: "trace" });
  worker = startWorkerProcess(installation.environment);
  tenant = await createTestTenant();
});

afterAll(async () => {
  await worker.stop();
  await closeClients();
  await installation.remove();
});

test("nothing that is at rest opens a backup under a passphrase", async () => {
  const managed = await backUp();
  await setCurrentKey.execute(tenant.owner, { mode: "passphrase", passphrase: PASSPHRASE, hint: "boats" });
  const headers: Buffer[] = [];
  for (let run = 0; run < 10; run++) headers.push(await backUp());
  await restoreLast();

  const rest = await everythingAtRest();
  const secrets = secretsIn(rest);
  expect(secrets.length).toBeGreaterThan(50);
  expect(rest.join("\n")).not.toContain(PASSPHRASE);
  expect(rest.join("\n")).not.toContain(TEST_PASSWORD);

  // The control: with everything at rest, a managed backup opens. (Its key's own page says so.)
  expect(secrets.some((secret) => opens(secret, managed))).toBe(true);
  for (const header of headers) expect(secrets.filter((secret) => opens(secret, header))).toEqual([]);
  await expectOnlyThePassphraseOpensTheKeyFile(secrets, headers[0]);
}, 240_000);

async function backUp(): Promise<Buffer> {
  const [system] = await withTenant(tenant.id, (db) => db.system.findMany({ select: { id: true } }));
  const run = await startBackup.execute(tenant.owner, { systemId: system?.id ?? "" });
  for (;;) {
    const { status, backupId } = await getRun.execute(tenant.owner, { id: run.id });
    if (status === "completed") {
      const backup = await withTenant(tenant.id, (db) => db.backup.findFirstOrThrow({ where: { id: backupId ?? "" } }));
      return Buffer.from(backup.ageHeader ?? []);
    }
    if (!["scheduled", "queued", "running"].includes(status)) throw new Error(`The run ended as ${status}.`);
    await delay(50);
  }
}

async function restoreLast(): Promise<void> {
  const backup = await withTenant(tenant.id, (db) =>
    db.backup.findFirstOrThrow({ where: { status: "completed" }, orderBy: { id: "desc" } }),
  );
  const { id } = await planRestore.execute(tenant.owner, { backupId: backup.id, targetSystemId: backup.systemId, passphrase: PASSPHRASE });
  const planned = await restoreIn(id, "planned");
  await executeRestore.execute(tenant.owner, { id, planHash: planned.plan?.hash ?? "", passphrase: PASSPHRASE, password: TEST_PASSWORD });
  await restoreIn(id, "completed");
}

async function restoreIn(id: string, status: string) {
  for (;;) {
    const restore = await getRestore.execute(tenant.owner, { id });
    if (restore.status === status) return restore;
    if (["failed", "partial", "expired"].includes(restore.status))
      throw new Error(`The restore ended as ${restore.status}: ${JSON.stringify(restore.failure)}`);
    await delay(50);
  }
}

/** The database's every row (the queue's schema too), every file of the data folder, the master key, the worker's log. */
async function everythingAtRest(): Promise<string[]> {
  const files = await readdir(installation.dataDir, { recursive: true, withFileTypes: true });
  const contents = files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), "latin1"));
  return [...(await databaseDump()), ...(await Promise.all(contents)), ...Object.values(installation.environment), worker.output()];
}

async function databaseDump(): Promise<string[]> {
  const client = new pg.Client({ connectionString: installation.database.superuserUrl });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
    );
    const dump: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
      dump.push(...rows.map((each) => each.row));
    }
    return dump;
  } finally {
    await client.end();
  }
}

/** Everything that could be a secret: identities, and what decodes to 16 or 32 bytes; sealed texts are opened with the keys found. */
function secretsIn(rest: string[]): string[] {
  const found = new Set(rest.flatMap((text) => text.match(/[A-Za-z0-9+/_=.-]{16,}/g) ?? []));
  const sealed = [...found].filter((text) => text.startsWith("s1."));
  const dataKey = unwrapDataKey(installation.database.masterKey, sealed.find((text) => unwraps(text)) ?? "", tenant.id);
  for (const text of sealed) for (const plain of openedWith(dataKey, text, rest)) found.add(plain);
  return [...found];
}

function unwraps(text: string): boolean {
  try {
    unwrapDataKey(installation.database.masterKey, text, tenant.id);
    return true;
  } catch {
    return false;
  }
}

/** A thief reads the source: what a sealed text belongs to is the id of some row and the name of a column. */
function openedWith(dataKey: Buffer, sealed: string, rest: string[]): string[] {
  const ids = new Set(rest.flatMap((text) => text.match(/\b[a-z]{3}_[0-9a-z]{26}\b/g) ?? []));
  const opened: string[] = [];
  for (const id of ids) {
    for (const name of [`${id}:secrets`, `${id}:identity`]) {
      try {
        opened.push(open(dataKey, sealed, name).toString("utf8"));
      } catch {
        continue;
      }
    }
  }
  return opened;
}

/** Whether a secret opens an archive: as an age identity, or as the file key itself in any spelling. */
function opens(secret: string, header: Buffer): boolean {
  return secret.startsWith("AGE-SECRET-KEY-")
    ? opensAsIdentity(secret, header)
    : spellings(secret).some((key) => opensAsFileKey(key, header));
}

function opensAsIdentity(identity: string, header: Buffer): boolean {
  try {
    return fileKeyFromHeader(header, identity.trim()).length === 16;
  } catch {
    return false;
  }
}

function spellings(secret: string): Buffer[] {
  const all = [Buffer.from(secret, "hex"), Buffer.from(secret, "base64"), Buffer.from(secret, "base64url"), Buffer.from(secret)];
  return all.filter((key) => key.length === 16);
}

function opensAsFileKey(fileKey: Buffer, header: Buffer): boolean {
  try {
    verifyHeaderMac(parseHeader(header), fileKey);
    return true;
  } catch {
    return false;
  }
}

/** The protected identity is there for everybody who holds the bucket; a sample of the secrets is tried as its passphrase. */
async function expectOnlyThePassphraseOpensTheKeyFile(secrets: string[], header: Buffer | undefined): Promise<void> {
  const key = await withTenant(tenant.id, (db) => db.key.findFirstOrThrow({ where: { mode: "passphrase" } }));
  const file = Buffer.from(key.protectedIdentity ?? "");
  for (const secret of likeliestPassphrases(secrets, [key.fingerprint, key.hint ?? "", key.recipient ?? ""])) {
    await expect(unprotectIdentity(file, secret), secret).rejects.toThrow();
  }
  const identity = await unprotectIdentity(file, PASSPHRASE);
  expect(opensAsIdentity(identity, header ?? Buffer.alloc(0))).toBe(true);
}

/** Trying one costs a second of scrypt on purpose, so the most telling ones: the keys, and what stands on the key's own row. */
function likeliestPassphrases(secrets: string[], ofRow: string[]): string[] {
  const keys = secrets.filter((secret) => secret === installation.environment.HOLDFAST_MASTER_KEY || secret.startsWith("AGE-SECRET-KEY-"));
  return [...keys.slice(0, 4), ...ofRow, tenant.id].filter((text) => text !== "");
}
