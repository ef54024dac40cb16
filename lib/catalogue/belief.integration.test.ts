import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { deleteBackup } from "#lib/backups/delete-backup.ts";
import { startDownload } from "#lib/backups/downloads/start-download.ts";
import { raiseProof } from "#lib/backups/raise-proof.ts";
import { removeBackup } from "#lib/backups/remove-backup.ts";
import { rebuildCatalogue } from "#lib/catalogue/rebuild-catalogue.ts";
import { type BackedUpTenant, bringFolder, createPlace, fillTenant, type Place } from "#e2e/servers/two-installations.ts";
import { hashOf } from "#lib/db/audit.ts";
import { generateSigningKey, signMessage } from "#lib/crypto/signature.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { protectIdentity } from "#lib/crypto/passphrase.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { localRootsOf } from "#lib/installation.ts";
import { adoptKey } from "#lib/keys/adopt-key.ts";
import { getRestore } from "#lib/restores/get-restore.ts";
import { planRestore } from "#lib/restores/plan-restore.ts";
import { planRestoreJob } from "#lib/restores/run-restore.ts";
import { verifyBackup } from "#lib/verifications/verify-backup.ts";
import { TEST_PASSWORD } from "#lib/tenants/tenant-fixture.ts";

const PASSPHRASE = "violet-hammer-orbit-lantern-squid";

let sshd: Sshd;
let old: Place;
let made: BackedUpTenant;
let oldFolder: string;
let fresh: Place;
let found: { id: string; path: string };
let brought = 0;

beforeAll(async () => {
  sshd = await startSshd();
  old = await createPlace("a".repeat(32));
  made = await fillTenant(old, sshd, PASSPHRASE);
  oldFolder = localRootsOf(old.tenant.id)[0] ?? "";
  fresh = await createPlace("b".repeat(32));
}, 120_000);
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await fresh.installation.remove();
  await old.installation.remove();
});
beforeEach(async () => {
  await fresh.enter();
  await fresh.forget();
  found = await bringFolder(fresh, oldFolder, `brought-${(brought += 1)}`);
});

const rebuild = (more: { trust?: string; takeOver?: boolean } = {}) =>
  rebuildCatalogue({
    tenantId: fresh.tenant.id,
    destinationId: found.id,
    folder: old.tenant.id,
    trust: null,
    isDryRun: false,
    takeOver: false,
    signal: new AbortController().signal,
    ...more,
  });
const second = () => made.folderBackups[1] ?? "";
const fileOf = (backupId: string, extension = ".tar.zst.age") => {
  const name = readdirSync(found.path, { recursive: true, encoding: "utf8" }).find((path) => path.endsWith(backupId + extension));
  return join(found.path, name ?? "none");
};
const keyFile = () => {
  const folder = join(found.path, old.tenant.id, "keys");
  return join(folder, readdirSync(folder)[0] ?? "none");
};
const ask = (backupId: string, passphrase = PASSPHRASE) =>
  planRestore.execute(fresh.tenant.owner, { backupId, targetSystemId: made.systemId, passphrase });
const download = (backupId: string) =>
  startDownload.execute(fresh.tenant.owner, { id: backupId, passphrase: PASSPHRASE, password: TEST_PASSWORD });
const authenticities = () =>
  withTenant(fresh.tenant.id, async (db) => (await db.backup.findMany({ orderBy: { createdAt: "asc" } })).map((row) => row.authenticity));

function editDescription(backupId: string, change: (description: Record<string, unknown>) => Record<string, unknown>): void {
  const file = fileOf(backupId, ".json");
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>)));
}

/** As somebody would who can write to the destination: signed, and just not by the tenant. */
function signAsSomebodyElse(backupId: string): string {
  const { seed, publicKey } = generateSigningKey();
  editDescription(backupId, ({ signature: _, ...description }) => {
    const value = signMessage(seed, Buffer.from(hashOf(description)));
    return { ...description, signature: { algorithm: "ed25519", publicKey, value } };
  });
  return publicKey;
}

describe("nobody's archive is restored or handed out:", () => {
  test("one whose description was changed after it was signed", async () => {
    editDescription(second(), (description) => ({ ...description, productVersion: "0.0.9" }));
    await rebuild();
    await expect(ask(second())).rejects.toMatchObject({
      code: "foreign-backup",
      message: expect.stringContaining("no signature that holds") as unknown,
    });
    await expect(download(second())).rejects.toMatchObject({ code: "foreign-backup" });
    // The others are believed once the key was opened for one of them.
    await ask(made.folderBackups[0] ?? "");
    expect(await authenticities()).toEqual(["signed", "foreign", "signed", "signed"]);
    await expect(ask(second())).rejects.toMatchObject({ code: "foreign-backup" });
  });

  test("one that was signed by somebody else, until the operator vouches for that signer", async () => {
    const signer = signAsSomebodyElse(second());
    await rebuild();
    await expect(ask(second())).rejects.toMatchObject({
      code: "foreign-backup",
      message: expect.stringContaining(`--trust ${signer}`) as unknown,
    });
    // The passphrase opened the key meanwhile, which vouches for the three others.
    expect(await rebuild({ trust: signer })).toMatchObject({ believed: 4 });
    await ask(second());
    expect(await authenticities()).toContain("signed");
  });

  test("one that was swapped for another archive under the same key", async () => {
    const swapped = readFileSync(fileOf(made.folderBackups[0] ?? ""));
    const whole = readFileSync(fileOf(second()));
    // The same length, so that only its content tells.
    writeFileSync(fileOf(second()), Buffer.concat([swapped, whole]).subarray(0, whole.length));
    await rebuild();
    const refused = await ask(second()).then(
      async ({ id }) => {
        await planRestoreJob({ tenantId: fresh.tenant.id, restoreId: id, worker: fresh.worker });
        return (await getRestore.execute(fresh.tenant.owner, { id })).failure?.message;
      },
      (error: unknown) => String(error),
    );
    expect(refused).toContain("damaged or was swapped");
  });

  test("one whose key file was swapped for one that opens with another passphrase", async () => {
    const { identity, recipient } = generateIdentity();
    const { publicKey } = generateSigningKey();
    writeFileSync(
      keyFile(),
      await protectIdentity(identity, recipient, "the thief's own passphrase", { signingKey: publicKey, workFactor: 10 }),
    );
    await rebuild();
    await expect(ask(second())).rejects.toMatchObject({ code: "wrong-passphrase" });
    await expect(ask(second(), "the thief's own passphrase")).rejects.toMatchObject({ code: "key-damaged" });
    expect(await authenticities()).toEqual(Array(4).fill("foreign"));
    expect(await withTenant(fresh.tenant.id, (db) => db.key.count({ where: { signingPublicKey: publicKey } }))).toBe(0);
  });

  test("one whose description was taken from another backup", async () => {
    copyFileSync(fileOf(made.folderBackups[0] ?? "", ".json"), fileOf(second(), ".json"));
    await rebuild();
    await expect(ask(second())).rejects.toMatchObject({ code: "not-found" });
  });
});

test("opening the found key itself vouches for what its signer signed, and for nothing else under it", async () => {
  editDescription(second(), (description) => ({ ...description, productVersion: "0.0.9" }));
  await rebuild();
  expect(await authenticities()).toEqual(Array(4).fill("foreign"));
  const { id } = await withTenant(fresh.tenant.id, (db) => db.key.findFirstOrThrow({ where: { origin: "rebuilt" } }));
  await adoptKey.execute(fresh.tenant.owner, { id, passphrase: PASSPHRASE, password: TEST_PASSWORD });
  expect(await authenticities()).toEqual(["signed", "foreign", "signed", "signed"]);
  const said = { action: "backup.signerBelieved", subjectKind: "key" };
  expect(await withTenant(fresh.tenant.id, (db) => db.auditEvent.findMany({ where: said }))).toMatchObject([
    { subjectId: id, detail: { count: 3 } },
  ]);
});

test("a worker restores nothing on the word of a row that nobody vouches for", async () => {
  await rebuild();
  const { id } = await ask(second());
  await withTenant(fresh.tenant.id, (db) => db.backup.updateMany({ where: { id: second() }, data: { authenticity: "foreign" } }));
  await planRestoreJob({ tenantId: fresh.tenant.id, restoreId: id, worker: fresh.worker });
  expect(await getRestore.execute(fresh.tenant.owner, { id })).toMatchObject({
    status: "failed",
    failure: { message: expect.stringContaining("Nobody vouches") as unknown },
  });
});

test("what a restore fetched and found to be the signed bytes is known to be intact", async () => {
  await rebuild();
  const { id } = await ask(second());
  await planRestoreJob({ tenantId: fresh.tenant.id, restoreId: id, worker: fresh.worker });
  expect(await withTenant(fresh.tenant.id, (db) => db.backup.findUniqueOrThrow({ where: { id: second() } }))).toMatchObject({
    proven: "intact",
    verifiedAt: expect.any(Date) as unknown,
  });
});

test("nothing is proven of bytes that nobody vouches for, and verifying with the passphrase vouches for them as a restore does", async () => {
  await rebuild();
  const provenOf = () => withTenant(fresh.tenant.id, async (db) => (await db.backup.findUniqueOrThrow({ where: { id: second() } })).proven);
  const raise = () => withTenant(fresh.tenant.id, (db) => raiseProof(db, second(), "valid"));
  await raise();
  expect(await provenOf()).toBe("stored");
  await verifyBackup.execute(fresh.tenant.owner, { id: second(), passphrase: PASSPHRASE });
  expect(await authenticities()).toEqual(Array(4).fill("signed"));
  await raise();
  expect(await provenOf()).toBe("valid");
});

test("nothing is removed from another installation's folder before that was taken over", async () => {
  await rebuild();
  await ask(second());
  const target = made.folderBackups[2] ?? "";
  await deleteBackup.execute(fresh.tenant.owner, { id: target });
  await withTenant(fresh.tenant.id, (db) => db.backup.updateMany({ where: { id: target }, data: { status: "deleting" } }));
  const remove = () => removeBackup(fresh.tenant.id, target, new AbortController().signal);
  expect(await remove()).toBe(false);
  expect(readFileSync(fileOf(target)).length).toBeGreaterThan(0);
  expect(await rebuild({ takeOver: true })).toMatchObject({ epoch: 2 });
  expect(JSON.parse(readFileSync(join(found.path, old.tenant.id, "instance.json"), "utf8"))).toEqual({
    installation: "b".repeat(32),
    epoch: 2,
  });
  // What could not be removed is tried again after a while.
  await withTenant(fresh.tenant.id, (db) => db.backupCopy.updateMany({ where: { backupId: target }, data: { nextAttemptAt: null } }));
  expect(await remove()).toBe(true);
  expect(() => readFileSync(fileOf(target))).toThrow();
});
