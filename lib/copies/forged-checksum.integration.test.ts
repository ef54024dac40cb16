import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { type Crc32S3, startCrc32S3 } from "#e2e/servers/crc32-s3.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { getBackup } from "#lib/backups/get-backup.ts";
import type { BackupDto } from "#lib/backups/schemas.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { copyJob } from "#lib/copies/run-copy.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createDestination } from "#lib/destinations/create-destination.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import { newId } from "#lib/ids.ts";
import { verificationJob } from "#lib/verifications/run-verification.ts";
import { verifyBackup } from "#lib/verifications/verify-backup.ts";

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
let server: Crc32S3;
let destinationId: string;

beforeAll(async () => {
  installation = await createTestInstallation({ HOLDFAST_COPY_RETRY_SECONDS: "0.1" });
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  mkdirSync(join(installation.dataDir, "local", folder.tenantId), { recursive: true });
  server = await startCrc32S3();
  destinationId = (await createDestination.execute(folder.owner, { name: "Bucket", kind: "s3", config: server.config })).id;
});
afterAll(async () => {
  await closeClients();
  await server.stop();
  await sshd.stop();
  await installation.remove();
});

const signal = new AbortController().signal;
const get = (id: string) => getBackup.execute(folder.owner, { id });
const inBucket = (backup: BackupDto) => backup.copies.find((copy) => copy.destinationId === destinationId);
const mend = (backupId: string) => copyJob({ tenantId: folder.tenantId, backupId, destinationId, worker: { signal } });

async function backUp(destinationIds: string[]): Promise<BackupDto> {
  const run = await startBackup.execute(folder.owner, { systemId: folder.systemId, destinationIds });
  await runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker: { id: newId("worker"), signal } });
  return get((await getRun.execute(folder.owner, { id: run.id })).backupId ?? "");
}

async function verify(id: string): Promise<BackupDto> {
  const { verification } = await verifyBackup.execute(folder.owner, { id });
  const worker = { identity: generateIdentity().identity, signal };
  await verificationJob({ tenantId: folder.tenantId, verificationId: verification?.id ?? "", worker });
  return get(id);
}

/** Other bytes of the same length and the same CRC-32: which is linear, so that 32 equations tell the last four bytes. */
function forge(content: Buffer): Buffer {
  const forged = Buffer.from(content);
  forged[100] = (forged[100] ?? 0) ^ 1;
  const at = forged.length - 4;
  const flipped = (bit: number) => {
    const bytes = Buffer.from(forged);
    bytes.writeUInt32LE((bytes.readUInt32LE(at) ^ (1 << bit)) >>> 0, at);
    return (crc32(bytes) ^ crc32(forged)) >>> 0;
  };
  const basis = new Map<number, { effect: number; bits: number }>();
  const reduce = (start: { effect: number; bits: number }) => {
    let { effect, bits } = start;
    for (let known = basis.get(Math.clz32(effect)); effect !== 0 && known; known = basis.get(Math.clz32(effect))) {
      effect = (effect ^ known.effect) >>> 0;
      bits = (bits ^ known.bits) >>> 0;
    }
    return { effect, bits };
  };
  for (let bit = 0; bit < 32; bit++) {
    const row = reduce({ effect: flipped(bit), bits: (1 << bit) >>> 0 });
    basis.set(Math.clz32(row.effect), row);
  }
  const { bits } = reduce({ effect: (crc32(forged) ^ crc32(content)) >>> 0, bits: 0 });
  forged.writeUInt32LE((forged.readUInt32LE(at) ^ bits) >>> 0, at);
  expect(forged.equals(content)).toBe(false);
  expect(crc32(forged)).toBe(crc32(content));
  return forged;
}

test("other bytes with the recorded CRC-32 are not taken for the archive: a good copy takes their place", async () => {
  const backup = await backUp([folder.destinationId, destinationId]);
  expect(backup).toMatchObject({ proven: "valid", copies: [{ status: "stored" }, { status: "stored" }] });
  const key = inBucket(backup)?.objectKey ?? "";
  const whole = server.objects.get(key) ?? Buffer.alloc(0);
  server.objects.set(key, forge(whole));
  expect(inBucket(await verify(backup.id))).toMatchObject({ status: "damaged" });
  await mend(backup.id);
  expect(server.objects.get(key)?.equals(whole)).toBe(true);
  const mended = await get(backup.id);
  expect(inBucket(mended)).toMatchObject({ status: "stored", failure: null });
  expect(mended).toMatchObject({ proven: "valid", verificationFailure: null });
});

test("where no good copy is left, they stay what they are: damaged, and the backup not proven", async () => {
  const backup = await backUp([destinationId]);
  const key = inBucket(backup)?.objectKey ?? "";
  server.objects.set(key, forge(server.objects.get(key) ?? Buffer.alloc(0)));
  await verify(backup.id);
  const due = { nextAttemptAt: new Date(0) };
  await withTenant(folder.tenantId, (db) => db.backupCopy.updateMany({ where: { backupId: backup.id }, data: due }));
  await mend(backup.id);
  const after = await get(backup.id);
  expect(after).toMatchObject({ proven: "stored", copies: [{ status: "damaged" }] });
  expect(after.verificationFailure).not.toBeNull();
});
