import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { MANIFEST, packToBuffer, fileEntry } from "#lib/archive/archive-fixture.ts";
import { getBackup } from "#lib/backups/get-backup.ts";
import type { BackupDto } from "#lib/backups/schemas.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import { queueVerification } from "#lib/verifications/queue-verification.ts";
import { verificationJob } from "#lib/verifications/run-verification.ts";
import { verifyBackup } from "#lib/verifications/verify-backup.ts";

const QUOTA_BYTES = 1_000_000;

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
const keyId = newId("key");

beforeAll(async () => {
  installation = await createTestInstallation({ HOLDFAST_UNPACK_QUOTA_BYTES: String(QUOTA_BYTES) });
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  const off = { id: keyId, mode: "off", fingerprint: "", origin: "rebuilt", retiredAt: new Date() };
  await withTenant(folder.tenantId, (db) => db.key.createMany({ data: [off] }));
});
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await installation.remove();
});

const signal = new AbortController().signal;
const get = (id: string) => getBackup.execute(folder.owner, { id });

async function backUp(): Promise<BackupDto> {
  const run = await startBackup.execute(folder.owner, { systemId: folder.systemId, destinationIds: [folder.destinationId] });
  await runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker: { id: newId("worker"), signal } });
  return get((await getRun.execute(folder.owner, { id: run.id })).backupId ?? "");
}

/** A backup as a rebuild takes it from a destination: an archive that is not encrypted, of so many zeros, and a description by whoever. */
async function found(zeroBytes: number, more: { authenticity: string; tarBytes: "true" | number | null }): Promise<BackupDto> {
  const backup = await backUp();
  const manifest = { ...MANIFEST, backupId: backup.id, system: { ...MANIFEST.system, kind: "folder" } };
  const { stored, tarBytes } = await packToBuffer([fileEntry("zeros", Buffer.alloc(zeroBytes))], { manifest });
  writeFileSync(join(installation.dataDir, "local", folder.tenantId, backup.copies[0]?.objectKey ?? ""), stored);
  const told = more.tarBytes === "true" ? tarBytes : more.tarBytes;
  const data = {
    keyId,
    ageHeader: null,
    origin: "rebuild",
    runId: null,
    authenticity: more.authenticity,
    proven: "stored",
    sha256: createHash("sha256").update(stored).digest("hex"),
    sizeBytes: BigInt(stored.length),
    plaintextBytes: told === null ? null : BigInt(told),
  };
  await withTenant(folder.tenantId, (db) => db.backup.updateMany({ where: { id: backup.id }, data }));
  return backup;
}

async function carryOut(verificationId: string): Promise<void> {
  const worker = { identity: generateIdentity().identity, signal };
  await verificationJob({ tenantId: folder.tenantId, verificationId, worker });
}

async function verifyBySchedule({ id }: BackupDto): Promise<BackupDto> {
  const wanted = { backupId: id, destinationId: null, trigger: "schedule", requestedBy: null, withKey: true } as const;
  await carryOut(await withTenant(folder.tenantId, (db) => queueVerification(db, wanted)));
  return get(id);
}

async function verifyByPerson({ id }: BackupDto): Promise<BackupDto> {
  const { verification } = await verifyBackup.execute(folder.owner, { id });
  await carryOut(verification?.id ?? "");
  return get(id);
}

test("what nobody vouched for is compared by the schedule and never opened", async () => {
  const foreign = await verifyBySchedule(await found(1000, { authenticity: "foreign", tarBytes: "true" }));
  expect(foreign).toMatchObject({ proven: "stored", verificationFailure: null });
  expect(foreign.verification).toMatchObject({
    status: "completed",
    result: { opened: false, unsound: null, copies: [{ outcome: "good" }] },
  });
  const signed = await verifyBySchedule(await found(1000, { authenticity: "signed", tarBytes: "true" }));
  expect(signed.verification).toMatchObject({ status: "completed", result: { opened: true, unsound: null } });
});

test.each(["foreign", "signed"])("a description's word of a %s archive's size opens nothing beyond the quota", async (authenticity) => {
  for (const tarBytes of [Number.MAX_SAFE_INTEGER, QUOTA_BYTES + 1]) {
    const { verification } = await verifyByPerson(await found(1000, { authenticity, tarBytes }));
    const note = expect.stringContaining(
      `unfolds to ${tarBytes} bytes, and one of its size is unfolded to ${QUOTA_BYTES} at most`,
    ) as unknown;
    expect(verification).toMatchObject({
      status: "completed",
      result: { opened: false, unsound: null, note, copies: [{ outcome: "good" }] },
    });
  }
});

test("without any word of its size, an archive is opened as far as the quota", async () => {
  const small = await verifyByPerson(await found(1000, { authenticity: "signed", tarBytes: null }));
  expect(small.verification).toMatchObject({ result: { opened: true, unsound: null } });
  const large = await verifyByPerson(await found(QUOTA_BYTES, { authenticity: "signed", tarBytes: null }));
  const unsound = expect.stringContaining(`more than the ${QUOTA_BYTES} bytes`) as unknown;
  expect(large.verification).toMatchObject({ result: { opened: true, unsound } });
});
