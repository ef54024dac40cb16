import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { createS3Stage, type S3Stage } from "#e2e/servers/s3-stage.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { addCopy } from "#lib/copies/add-copy.ts";
import { copyJob } from "#lib/copies/run-copy.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createDestination } from "#lib/destinations/create-destination.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import { newId } from "#lib/ids.ts";
import { setCurrentKey } from "#lib/keys/set-current-key.ts";
import type { FaultPoint } from "#lib/runs/fault-points.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const LOCK_MS = 10 * DAY_MS;

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
let stage: S3Stage;
let vault: string;

beforeAll(async () => {
  installation = await createTestInstallation();
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  await setCurrentKey.execute(folder.owner, { mode: "passphrase", passphrase: "violet-hammer-orbit-lantern-squid" });
  stage = await createS3Stage({ objectLockMode: "GOVERNANCE", objectLockDays: 10 });
  ({ id: vault } = await createDestination.execute(folder.owner, { name: "Vault", kind: "s3", config: stage.config() }));
});
afterEach(() => {
  delete process.env["HOLDFAST_FAULT_POINT"];
  delete process.env["HOLDFAST_FAULT_HOLD"];
});
afterAll(async () => {
  await closeClients();
  stage.close();
  await sshd.stop();
  await installation.remove();
});

const signal = new AbortController().signal;

test("what a run stores is locked, and its row says until when; a later run locks the key file for as long as what it stored", async () => {
  const before = Date.now();
  const first = await locksOf(await backUp(vault));
  for (const end of [first.archive, first.description, first.keyFile]) expect(end).toBeGreaterThanOrEqual(before + LOCK_MS);
  expect(first.row).toBe(first.archive);
  expect(first.keyFile).toBeGreaterThanOrEqual(Math.max(first.archive, first.description));

  const second = await locksOf(await heldAt("mid-upload", () => backUp(vault)));
  expect(second.archive).toBeGreaterThan(first.keyFile);
  expect(second.row).toBe(second.archive);
  expect(second.keyFile).toBeGreaterThanOrEqual(Math.max(second.archive, second.description));
});

test("so is what a copy job stores, and the key file for as long", async () => {
  const backupId = await backUp(folder.destinationId);
  const before = Date.now();
  await addCopy.execute(folder.owner, { id: backupId, destinationId: vault });
  await heldAt("after-copy", () => copyJob({ tenantId: folder.tenantId, backupId, destinationId: vault, worker: { signal } }));
  const copied = await locksOf(backupId);
  expect(copied.archive).toBeGreaterThanOrEqual(before + LOCK_MS);
  expect(copied.row).toBe(copied.archive);
  expect(copied.description).toBeGreaterThan(copied.archive);
  expect(copied.keyFile).toBeGreaterThanOrEqual(copied.description);
});

test("the key file stays locked as long as an archive that was locked for longer than a new one would be", async () => {
  const backupId = await backUp(folder.destinationId);
  await addCopy.execute(folder.owner, { id: backupId, destinationId: vault });
  const until = new Date(Math.ceil((Date.now() + 2 * LOCK_MS) / 1000) * 1000);
  const job = () => copyJob({ tenantId: folder.tenantId, backupId, destinationId: vault, worker: { signal } });
  await heldAt("after-copy", job, async () => {
    const { objectKey } = await rowOf(backupId);
    const session = await openDestination(folder.tenantId, vault, signal);
    await session.extendLock?.(objectKey, until);
    await session.close();
  });
  const locks = await locksOf(backupId);
  expect(locks.row).toBe(until.getTime());
  expect(locks.keyFile).toBe(until.getTime());
});

async function backUp(destinationId: string): Promise<string> {
  const run = await startBackup.execute(folder.owner, { systemId: folder.systemId, destinationIds: [destinationId] });
  await runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker: { id: newId("worker"), signal } });
  const ended = await getRun.execute(folder.owner, { id: run.id });
  expect(ended).toMatchObject({ status: "completed", failure: null });
  return ended.backupId ?? "";
}

/** Lets work stand still at a place: until a lock that begins then ends later than one from before, or while something else is done. */
async function heldAt<T>(point: FaultPoint, work: () => Promise<T>, meanwhile: () => Promise<void> = nextSecond): Promise<T> {
  const hold = join(installation.dataDir, "hold");
  rmSync(`${hold}.reached`, { force: true });
  writeFileSync(hold, "");
  process.env["HOLDFAST_FAULT_POINT"] = point;
  process.env["HOLDFAST_FAULT_HOLD"] = hold;
  const release = async () => {
    while (!existsSync(`${hold}.reached`)) await sleep(10);
    await meanwhile().finally(() => rmSync(hold));
  };
  const [result] = await Promise.all([work(), release()]);
  return result;
}

/** Locks end at whole seconds. */
const nextSecond = () => sleep(1100);

const rowOf = (backupId: string) =>
  withTenant(folder.tenantId, (db) => db.backupCopy.findFirstOrThrow({ where: { backupId, destinationId: vault } }));

/** Until when the server keeps each of what was stored, and what the copy's row says of it; 0 for what is not locked. In milliseconds. */
async function locksOf(backupId: string) {
  const { objectKey, descriptionKey, lockedUntil } = await rowOf(backupId);
  const keyFile = await withTenant(folder.tenantId, (db) =>
    db.keyCopy.findFirstOrThrow({ where: { destinationId: vault, status: "stored" } }),
  );
  const session = await openDestination(folder.tenantId, vault, signal);
  const endOf = async (key: string) => (await session.stat(key))?.lockedUntil?.getTime() ?? 0;
  const archive = await endOf(objectKey);
  const locks = { archive, description: await endOf(descriptionKey), keyFile: await endOf(keyFile.objectKey), row: lockedUntil?.getTime() };
  await session.close();
  return locks;
}
