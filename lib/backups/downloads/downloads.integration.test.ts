import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Context } from "#lib/auth/context.ts";
import { openDownload } from "#lib/backups/downloads/open-download.ts";
import { startDownload } from "#lib/backups/downloads/start-download.ts";
import { encryptHeader } from "#lib/crypto/recipients.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { localRootsOf } from "#lib/installation.ts";
import { currentKey, recipientsOf } from "#lib/keys/current-key.ts";
import { setCurrentKey } from "#lib/keys/set-current-key.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { createTestTenant, TEST_PASSWORD, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

const PASSPHRASE = "violet-hammer-orbit-lantern-squid";
const ARCHIVE = Buffer.alloc(300_000, "ciphertext ");

let installation: TestInstallation;
let tenant: TestTenant;
let backupId: string;
let file: string;

beforeAll(async () => {
  installation = await createTestInstallation();
  tenant = await createTestTenant();
  await setCurrentKey.execute(tenant.owner, { mode: "passphrase", passphrase: PASSPHRASE });
  backupId = newId("backup");
  file = join(localRootsOf(tenant.id)[0] ?? "", "archive.tar.zst.age");
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, ARCHIVE);
  await storeRows();
}, 60_000);
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

/** A download does not look inside, so any bytes will do for an archive; the header is a real one. */
async function storeRows(): Promise<void> {
  await withTenant(tenant.id, async (db) => {
    const key = await currentKey(db);
    const system = await db.system.findFirstOrThrow();
    const destination = await db.destination.findFirstOrThrow();
    const runId = newId("run");
    await db.run.createMany({ data: [{ id: runId, systemId: system.id, trigger: "person", dueAt: new Date(), status: "completed" }] });
    const { header } = encryptHeader({ fileKey: Buffer.alloc(16, 1), recipients: recipientsOf(key) });
    const described = { formatVersion: 1, systemKind: "folder", systemName: "Größe 🔑/cellar", productVersion: "0.1.0", trigger: "person" };
    const stored = { status: "completed", sizeBytes: BigInt(ARCHIVE.length), sha256: createHash("sha256").update(ARCHIVE).digest("hex") };
    const ageHeader = new Uint8Array(header);
    await db.backup.createMany({
      data: [{ id: backupId, systemId: system.id, runId, attempt: 1, keyId: key.id, ageHeader, ...described, ...stored }],
    });
    const copy = { objectKey: "archive.tar.zst.age", descriptionKey: "archive.json", status: "stored" };
    await db.backupCopy.createMany({ data: [{ backupId, destinationId: destination.id, ...copy }] });
  });
}

const start = (context: Context, more: object = {}) =>
  startDownload.execute(context, { id: backupId, passphrase: PASSPHRASE, password: TEST_PASSWORD, ...more });
const open = (context: Context, url: string) =>
  openDownload({ context, token: url.split("/").at(-1) ?? "", signal: new AbortController().signal });

test("a link needs the right, the login password and the passphrase", async () => {
  await expect(start(await tenant.addMember("operator"))).rejects.toMatchObject({ code: "forbidden" });
  await expect(start(tenant.owner, { password: "not it" })).rejects.toMatchObject({ code: "wrong-password" });
  await expect(start(tenant.owner, { passphrase: "not it" })).rejects.toMatchObject({ code: "wrong-passphrase" });
  await expect(start(tenant.owner, { id: newId("backup") })).rejects.toMatchObject({ code: "not-found" });
  expect(await withTenant(tenant.id, (db) => db.download.count())).toBe(0);
});

test("a link gives the archive once, in the session that asked for it, and is in the audit log", async () => {
  const { url, id } = await start(tenant.owner);
  expect(url).toMatch(/^\/api\/v1\/tenants\/[\w-]+\/downloads\/[\w-]{43}$/);
  const other = await tenant.addMember("owner");
  await expect(open(other, url)).rejects.toMatchObject({ code: "link-spent" });
  const download = await open(tenant.owner, url);
  expect(download).toMatchObject({ sizeBytes: ARCHIVE.length });
  expect(download.fileName).toMatch(/^gro-e-cellar-\d{4}-\d\d-\d\d-bak_\w+\.tar\.zst\.age$/);
  expect(await buffer(download.stream)).toEqual(ARCHIVE);
  await expect(open(tenant.owner, url)).rejects.toMatchObject({ code: "link-spent" });
  const [event] = await withTenant(tenant.id, (db) => db.auditEvent.findMany({ where: { action: "backup.downloaded" } }));
  expect(event).toMatchObject({ subjectId: backupId, detail: { downloadId: id } });
  expect(JSON.stringify(event?.detail)).not.toContain(url.split("/").at(-1));
});

test("a link expires, and ends with the right to download", async () => {
  const { url, id } = await start(tenant.owner);
  await expect(open({ ...tenant.owner, actor: { ...tenant.owner.actor, role: "viewer" } }, url)).rejects.toMatchObject({
    code: "forbidden",
  });
  const admin = new pg.Client({ connectionString: installation.database.superuserUrl });
  await admin.connect();
  await admin.query("UPDATE downloads SET expires_at = clock_timestamp() WHERE id = $1", [id]);
  await admin.end();
  await expect(open(tenant.owner, url)).rejects.toMatchObject({ code: "link-spent" });
});

test("an archive that was changed where it lies does not come down as if it were whole", async () => {
  const whole = readFileSync(file);
  const changed = Buffer.from(whole);
  changed[5] = (changed[5] ?? 0) ^ 1;
  writeFileSync(file, changed);
  const download = await open(tenant.owner, (await start(tenant.owner)).url);
  let receivedBytes = 0;
  const reading = (async () => {
    for await (const piece of download.stream) receivedBytes += (piece as Buffer).length;
  })();
  await expect(reading).rejects.toMatchObject({ code: "not-the-recorded-archive" });
  expect(receivedBytes).toBeLessThan(ARCHIVE.length);
  await expectDamaged();
  writeFileSync(file, whole.subarray(0, 1000));
  await expect(open(tenant.owner, (await start(tenant.owner)).url)).rejects.toMatchObject({ code: "no-good-copy" });
  await expectDamaged();
  writeFileSync(file, whole);
});

/** The copy says so, and is then as if nothing had been seen. */
async function expectDamaged(): Promise<void> {
  await withTenant(tenant.id, async (db) => {
    expect(await db.backupCopy.findMany({ select: { status: true } })).toEqual([{ status: "damaged" }]);
    await db.backupCopy.updateMany({ data: { status: "stored", failure: null } });
  });
}
