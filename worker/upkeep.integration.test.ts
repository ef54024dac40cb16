import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { addLocalDestination, type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { startWorkerProcess, type WorkerProcess } from "#e2e/servers/worker-process.ts";
import { getBackup } from "#lib/backups/get-backup.ts";
import type { BackupDto } from "#lib/backups/schemas.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { addCopy } from "#lib/copies/add-copy.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import { updateSettings } from "#lib/settings/update-settings.ts";
import { verifyBackup } from "#lib/verifications/verify-backup.ts";

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
let second: string;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  installation = await createTestInstallation({
    HOLDFAST_LEASE_SECONDS: "3",
    HOLDFAST_HEARTBEAT_SECONDS: "0.3",
    HOLDFAST_DISPATCH_SECONDS: "0.3",
    HOLDFAST_COPY_RETRY_SECONDS: "0.3",
    LOG_LEVEL: "info",
  });
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  await updateSettings.execute(folder.owner, { verifyDays: 0 });
  second = await addLocalDestination(folder.tenantId, "second");
  mkdirSync(join(root(), "second"), { recursive: true });
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await installation.remove();
});

const root = () => join(installation.dataDir, "local", folder.tenantId);
const get = (id: string) => getBackup.execute(folder.owner, { id });

function startWorker(more: Record<string, string> = {}): WorkerProcess {
  const worker = startWorkerProcess({ ...installation.environment, ...more });
  workers.push(worker);
  return worker;
}

/** Made by this process, before any worker runs. */
async function backUp(destinationIds = [folder.destinationId]): Promise<BackupDto> {
  const run = await startBackup.execute(folder.owner, { systemId: folder.systemId, destinationIds });
  await runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker: { id: newId("worker"), signal: new AbortController().signal } });
  return get((await getRun.execute(folder.owner, { id: run.id })).backupId ?? "");
}

async function audited(action: string, id: string): Promise<number> {
  return withTenant(folder.tenantId, (db) => db.auditEvent.count({ where: { action, subjectId: id } }));
}

test.each(["during-copy", "after-copy", "before-copy-commit"])(
  "killed %s, the copy is taken up again and made exactly once",
  async (point) => {
    const backup = await backUp();
    await addCopy.execute(folder.owner, { id: backup.id, destinationId: second });
    expect(await startWorker({ HOLDFAST_FAULT_POINT: point }).ended).toBe("SIGKILL");
    startWorker();
    const done = await until(
      () => get(backup.id),
      ({ copies }) => copies.every((copy) => copy.status === "stored"),
    );
    expect(await audited("backup.copyStored", backup.id)).toBe(1);
    const objectKey = done.copies.find((copy) => copy.destinationId === second)?.objectKey ?? "";
    expect(readFileSync(join(root(), "second", objectKey)).equals(readFileSync(join(root(), objectKey)))).toBe(true);
    expect(folder.storedFiles().filter((file) => file.includes(backup.id))).toHaveLength(4);
  },
);

test.each(["during-verification", "before-verification-commit"])(
  "killed %s, the verification is taken up again and ends exactly once",
  async (point) => {
    const backup = await backUp();
    const path = join(root(), backup.copies[0]?.objectKey ?? "");
    const bytes = readFileSync(path);
    bytes[200] = (bytes[200] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    await verifyBackup.execute(folder.owner, { id: backup.id });
    expect(await startWorker({ HOLDFAST_FAULT_POINT: point }).ended).toBe("SIGKILL");
    expect(await get(backup.id)).toMatchObject({ proven: "valid", verification: { status: "running" } });
    startWorker();
    const done = await until(
      () => get(backup.id),
      ({ verification }) => verification?.status === "failed",
    );
    expect(done).toMatchObject({ proven: "stored", copies: [{ status: "damaged" }] });
    expect(await audited("backup.verificationFailed", backup.id)).toBe(1);
    const rows = await withTenant(folder.tenantId, (db) => db.verification.findMany({ where: { backupId: backup.id } }));
    expect(rows).toMatchObject([{ attempt: 2, leaseOwner: null }]);
  },
);

test("a worker does all of it by itself: one destination fails, is mended, and holds the backup", async () => {
  rmSync(join(root(), "second"), { recursive: true });
  writeFileSync(join(root(), "second"), "a file where a folder should be");
  startWorker();
  const run = await startBackup.execute(folder.owner, { systemId: folder.systemId, destinationIds: [folder.destinationId, second] });
  const ended = await until(
    () => getRun.execute(folder.owner, { id: run.id }),
    ({ status }) => status === "partial",
  );
  await until(
    () => get(ended.backupId ?? ""),
    ({ copies }) => copies.some((copy) => copy.status === "missing" && copy.nextAttemptAt !== null),
  );
  rmSync(join(root(), "second"));
  const done = await until(
    () => get(ended.backupId ?? ""),
    ({ copies }) => copies.every((copy) => copy.status === "stored"),
  );
  expect(existsSync(join(root(), "second", done.copies[0]?.objectKey ?? ""))).toBe(true);
});

test("the schedule verifies what was looked at longest ago, one at a time, and tries an unreachable destination again", async () => {
  await withTenant(folder.tenantId, (db) => db.backup.updateMany({ data: { verifiedAt: new Date() } }));
  const [oldest, old] = [await backUp(), await backUp()];
  const longAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
  await withTenant(folder.tenantId, async (db) => {
    await db.backup.updateMany({ where: { id: oldest.id }, data: { verifiedAt: longAgo(60) } });
    await db.backup.updateMany({ where: { id: old.id }, data: { verifiedAt: longAgo(59) } });
  });
  await updateSettings.execute(folder.owner, { verifyDays: 30 });
  startWorker();
  const verified = await until(
    () => get(oldest.id),
    ({ verification }) => verification?.status === "completed",
  );
  expect(verified.verification).toMatchObject({ trigger: "schedule", withKey: true, result: { proven: "valid" } });
  await delay(3000);
  // The next one's turn is a share of thirty days away.
  expect((await get(old.id)).verification).toBeNull();
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));

  await withTenant(folder.tenantId, (db) => db.verification.updateMany({ where: { trigger: "schedule" }, data: { turnAt: longAgo(31) } }));
  const archive = join(root(), old.copies[0]?.objectKey ?? "");
  const home = join(root(), folder.tenantId);
  renameSync(home, join(root(), "away"));
  startWorker();
  const waiting = await until(
    () => get(old.id),
    ({ verification }) => verification?.status === "queued" && verification.failure !== null,
  );
  expect(waiting).toMatchObject({ proven: "valid", verificationFailure: null, copies: [{ status: "stored" }] });
  expect(await audited("backup.verificationFailed", old.id)).toBe(0);
  renameSync(join(root(), "away"), home);
  expect(existsSync(archive)).toBe(true);
  const done = await until(
    () => get(old.id),
    ({ verification, copies }) => verification?.status === "completed" && copies.every(({ failure }) => failure === null),
  );
  expect(done).toMatchObject({ proven: "valid", copies: [{ status: "stored" }] });
});

/** The test's own limit ends what never comes. */
async function until<T>(look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    await delay(50);
  }
}
