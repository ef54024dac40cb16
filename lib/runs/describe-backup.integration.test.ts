import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { MAX_BACKUP_NUMBER } from "#lib/archive/limits.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;

beforeAll(async () => {
  installation = await createTestInstallation();
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
});
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await installation.remove();
});

test("backups are counted up, past what nobody vouches for, and to the highest number that a rebuild reads", async () => {
  expect(await nextNumber()).toBe(1);
  await find("foreign", MAX_BACKUP_NUMBER);
  expect(await nextNumber()).toBe(2);
  await find("signed", MAX_BACKUP_NUMBER - 1);
  expect(await nextNumber()).toBe(MAX_BACKUP_NUMBER);
  expect(await nextNumber()).toBeNull();
});

/** Of a backup that is taken now: in its row and in its description. */
async function nextNumber(): Promise<number | null> {
  const { id } = await startBackup.execute(folder.owner, { systemId: folder.systemId });
  await runBackupJob({ tenantId: folder.tenantId, runId: id, worker: { id: newId("worker"), signal: new AbortController().signal } });
  const { number, description } = await withTenant(folder.tenantId, (db) =>
    db.backup.findFirstOrThrow({ where: { runId: id, status: "completed" } }),
  );
  expect(JSON.parse(description ?? "")).toMatchObject({ number });
  return number;
}

/** A backup as a rebuild leaves it. */
async function find(authenticity: string, number: number): Promise<void> {
  await withTenant(folder.tenantId, async (db) => {
    const {
      id: _id,
      runId: _run,
      notInBackup,
      ...row
    } = await db.backup.findFirstOrThrow({ where: { systemId: folder.systemId, origin: "run" } });
    await db.backup.createMany({ data: [{ ...row, id: newId("backup"), origin: "rebuild", authenticity, number, notInBackup }] });
  });
}
