import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import type { S3Server } from "#e2e/servers/radosgw.ts";
import { sharedS3 } from "#e2e/servers/shared-s3.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { getBackup } from "#lib/backups/get-backup.ts";
import type { BackupDto } from "#lib/backups/schemas.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createDestination } from "#lib/destinations/create-destination.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import { newId } from "#lib/ids.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { retryRun } from "#lib/runs/retry-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import type { RunDto } from "#lib/runs/schemas.ts";
import { sealSecrets } from "#lib/tenants/data-key.ts";

const BUCKET = "run-path";

let installation: TestInstallation;
let sshd: Sshd;
let s3: S3Server;
let folder: BackedUpFolder;
let bucketId: string;

beforeAll(async () => {
  s3 = await sharedS3();
  await s3.createBucket(BUCKET);
  installation = await createTestInstallation();
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  const { endpoint, region, accessKeyId, secretAccessKey } = s3;
  const config = { endpoint, region, bucket: BUCKET, prefix: "acme/holdfast", accessKeyId, secretAccessKey };
  bucketId = (await createDestination.execute(folder.owner, { name: "Bucket 🪣", kind: "s3", config })).id;
});
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await s3.stop();
  await installation.remove();
});

test("a run keeps the same proven archive in a folder and in a bucket", async () => {
  const run = await carryOut(await start());
  expect(run).toMatchObject({ status: "completed", failure: null });
  const backup = await getBackup.execute(folder.owner, { id: run.backupId });
  expect(statusesOf(backup)).toEqual({ [folder.destinationId]: "stored", [bucketId]: "stored" });
  expect(await hashIn(bucketId, backup)).toBe(backup.sha256);
  expect(await hashIn(folder.destinationId, backup)).toBe(backup.sha256);
});

test("a bucket that no longer lets us in makes the run partial and says why; the retry completes once it does", async () => {
  await setSecret("not the secret of this key");
  const partial = await carryOut(await start());
  expect(partial).toMatchObject({ status: "partial", failure: { step: "store" } });
  expect(partial.failure?.message).toContain("“Bucket 🪣”");
  expect(partial.failure?.message).toContain("secret access key is wrong");
  const backup = await getBackup.execute(folder.owner, { id: partial.backupId });
  expect(backup).toMatchObject({ proven: "valid" });
  expect(statusesOf(backup)[folder.destinationId]).toBe("stored");
  expect(["missing", "deleting"]).toContain(statusesOf(backup)[bucketId]);

  await setSecret(s3.secretAccessKey);
  const retried = await carryOut(await retryRun.execute(folder.owner, { id: partial.id }));
  expect(retried).toMatchObject({ status: "completed", failure: null });
  expect(statusesOf(await getBackup.execute(folder.owner, { id: retried.backupId }))).toEqual({
    [folder.destinationId]: "stored",
    [bucketId]: "stored",
  });
});

const start = () => startBackup.execute(folder.owner, { systemId: folder.systemId, destinationIds: [folder.destinationId, bucketId] });

async function carryOut(run: RunDto): Promise<RunDto> {
  await runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker: { id: newId("worker"), signal: new AbortController().signal } });
  return getRun.execute(folder.owner, { id: run.id });
}

function statusesOf(backup: BackupDto): Record<string, string> {
  return Object.fromEntries(backup.copies.map((copy) => [copy.destinationId, copy.status]));
}

/** SHA-256 of the archive as it lies in a destination. */
async function hashIn(destinationId: string, backup: BackupDto): Promise<string> {
  const copy = backup.copies.find((candidate) => candidate.destinationId === destinationId);
  const session = await openDestination(folder.tenantId, destinationId, new AbortController().signal);
  try {
    const hash = createHash("sha256");
    for await (const chunk of await session.get(copy?.objectKey ?? "")) hash.update(chunk as Buffer);
    return hash.digest("hex");
  } finally {
    await session.close();
  }
}

/** As when the key was changed at the provider: nobody validates then. */
async function setSecret(secretAccessKey: string): Promise<void> {
  await withTenant(folder.tenantId, async (db) => {
    const sealedSecrets = await sealSecrets(db, bucketId, { secretAccessKey });
    await db.destination.updateMany({ where: { id: bucketId }, data: { sealedSecrets } });
  });
}
