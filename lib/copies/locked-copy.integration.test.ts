import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { createS3Stage, type S3Stage } from "#e2e/servers/s3-stage.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { getBackup } from "#lib/backups/get-backup.ts";
import { removeCopy } from "#lib/backups/remove-backup.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { addCopy } from "#lib/copies/add-copy.ts";
import { copyJob } from "#lib/copies/run-copy.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createDestination } from "#lib/destinations/create-destination.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import { newId } from "#lib/ids.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
let stage: S3Stage;
let bucket: string;

beforeAll(async () => {
  installation = await createTestInstallation({ HOLDFAST_COPY_RETRY_SECONDS: "60" });
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  stage = await createS3Stage({ objectLockMode: "GOVERNANCE", objectLockDays: 10 });
  ({ id: bucket } = await createDestination.execute(folder.owner, { name: "Vault", kind: "s3", config: stage.config() }));
});
afterAll(async () => {
  await closeClients();
  stage.close();
  await sshd.stop();
  await installation.remove();
});

const signal = new AbortController().signal;

/** A copy in the bucket that was sent, and of which the proof failed: the row as it is then, with `content` locked where it lies. */
async function sendUnproven(contentOf: (archive: Buffer) => Buffer): Promise<{ id: string; row: () => Promise<Row> }> {
  const run = await startBackup.execute(folder.owner, { systemId: folder.systemId, destinationIds: [folder.destinationId] });
  await runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker: { id: newId("worker"), signal } });
  const id = (await getRun.execute(folder.owner, { id: run.id })).backupId ?? "";
  const { copies } = await getBackup.execute(folder.owner, { id });
  const archive = readFileSync(join(installation.dataDir, "local", folder.tenantId, copies[0]?.objectKey ?? ""));
  await addCopy.execute(folder.owner, { id, destinationId: bucket });
  const row = () => withTenant(folder.tenantId, (db) => db.backupCopy.findFirstOrThrow({ where: { backupId: id, destinationId: bucket } }));
  const session = await openDestination(folder.tenantId, bucket, signal);
  await session.put((await row()).objectKey, Readable.from([contentOf(archive)], { objectMode: false }), { lock: true });
  await session.close();
  await withTenant(folder.tenantId, (db) =>
    db.backupCopy.updateMany({ where: { backupId: id, destinationId: bucket }, data: { status: "deleting" } }),
  );
  expect(await removeCopy(folder.tenantId, await row(), "failed", signal)).toBe(false);
  return { id, row };
}

type Row = NonNullable<Parameters<typeof removeCopy>[1]> & { nextAttemptAt: Date | null; lockedUntil: Date | null };

async function attempt(id: string): Promise<void> {
  const where = { backupId: id, destinationId: bucket };
  await withTenant(folder.tenantId, (db) => db.backupCopy.updateMany({ where, data: { nextAttemptAt: new Date() } }));
  await copyJob({ tenantId: folder.tenantId, ...where, worker: { signal } });
}

test("a locked copy of which the proof failed is looked at again where it lies, and is stored when it is whole", async () => {
  const { id, row } = await sendUnproven((archive) => archive);
  const spared = await row();
  expect(spared).toMatchObject({ status: "damaged", failure: expect.stringContaining("keeps it locked until") as unknown });
  expect(spared.nextAttemptAt?.getTime()).toBeLessThan(spared.lockedUntil?.getTime() ?? 0);
  await attempt(id);
  expect(await row()).toMatchObject({ status: "stored", failure: null, nextAttemptAt: null });
});

test("one that is not whole stays, says until when it is locked, and is replaced after that", async () => {
  const { id, row } = await sendUnproven((archive) => archive.subarray(0, -1));
  await attempt(id);
  const after = await row();
  expect(after).toMatchObject({ status: "damaged", failure: expect.stringContaining("locked until") as unknown });
  expect(after.lockedUntil?.getTime()).toBeGreaterThan(Date.now());
  expect(after.nextAttemptAt).toEqual(after.lockedUntil);
});
