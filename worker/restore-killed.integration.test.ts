import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { startWorkerProcess, type WorkerProcess } from "#e2e/servers/worker-process.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { cancelRestore } from "#lib/restores/cancel-restore.ts";
import { executeRestore } from "#lib/restores/execute-restore.ts";
import { getRestore } from "#lib/restores/get-restore.ts";
import { planRestore } from "#lib/restores/plan-restore.ts";
import type { RestoreDto } from "#lib/restores/schemas.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import { TEST_PASSWORD } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
let backupId: string;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  installation = await createTestInstallation({
    HOLDFAST_LEASE_SECONDS: "3",
    HOLDFAST_HEARTBEAT_SECONDS: "0.3",
    HOLDFAST_DISPATCH_SECONDS: "0.3",
    LOG_LEVEL: "info",
  });
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  const run = await startBackup.execute(folder.owner, { systemId: folder.systemId });
  await runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker: { id: newId("worker"), signal: new AbortController().signal } });
  backupId = (await getRun.execute(folder.owner, { id: run.id })).backupId ?? "";
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await installation.remove();
});

const live = () => join(sshd.root, "etc", "main.conf");
const read = (id: string) => getRestore.execute(folder.owner, { id });

function startWorker(more: Record<string, string> = {}): WorkerProcess {
  const worker = startWorkerProcess({ ...installation.environment, ...more });
  workers.push(worker);
  return worker;
}

/** Plans and confirms a restore, which that worker begins to carry out. */
async function begin(worker: WorkerProcess): Promise<string> {
  await until(() => Promise.resolve(worker.output().includes("The worker is ready")));
  const { id } = await planRestore.execute(folder.owner, { backupId, targetSystemId: folder.systemId });
  await until(async () => (await read(id)).status === "planned");
  const planHash = (await read(id)).plan?.hash;
  await executeRestore.execute(folder.owner, { id, planHash, password: TEST_PASSWORD });
  return id;
}

/** A restore of which a worker dies at `point`; then another worker is there. Answers the restore at its end. */
async function killedAt(point: string): Promise<RestoreDto> {
  const doomed = startWorker({ HOLDFAST_FAULT_POINT: point });
  const id = await begin(doomed);
  expect(await doomed.ended).toBe("SIGKILL");
  expect(await read(id)).toMatchObject({ status: "running" });
  startWorker();
  await until(async () => (await read(id)).status !== "running");
  return read(id);
}

async function toldOf(restoreId: string): Promise<{ type: string; data: unknown }[]> {
  return withTenant(folder.tenantId, (db) =>
    db.event.findMany({ where: { subjectId: restoreId }, orderBy: { createdAt: "asc" }, select: { type: true, data: true } }),
  );
}

test("killed before it changed its target, a restore fails, and nothing was changed", async () => {
  writeFileSync(live(), "listen 8080\n");
  const failed = await killedAt("before-restore-change");
  expect(failed).toMatchObject({ status: "failed", failure: { message: "The worker died before it changed anything." } });
  expect(readFileSync(live(), "utf8")).toBe("listen 8080\n");
  expect((await toldOf(failed.id)).at(-1)).toMatchObject({ type: "restore.failed", data: { changedTarget: false } });
});

test("killed once it may have changed its target, a restore is not tried again: it fails, with the safety backup at hand, and that is told", async () => {
  writeFileSync(live(), "listen 8080\n");
  const failed = await killedAt("after-restore-mark");
  expect(failed).toMatchObject({
    status: "failed",
    failure: { step: "restore", message: "The worker died while it was changing the system." },
  });
  const safety = await withTenant(folder.tenantId, (db) => db.backup.findFirstOrThrow({ where: { id: failed.safetyBackupId ?? "" } }));
  expect(safety).toMatchObject({ trigger: "safety", status: "completed", proven: "valid" });
  expect(safety.pinnedUntil?.getTime()).toBeGreaterThan(Date.now());
  expect((await toldOf(failed.id)).map(({ type }) => type)).toEqual(["restore.requested", "restore.approved", "restore.failed"]);
  expect((await toldOf(failed.id)).at(-1)).toMatchObject({ data: { changedTarget: true, safetyBackupId: safety.id, backupId } });
  // Two claims in all: the plan's and the execution's.
  await delay(2000);
  const row = await withTenant(folder.tenantId, (db) => db.restore.findUniqueOrThrow({ where: { id: failed.id } }));
  expect(row).toMatchObject({ status: "failed", attempt: 2, leaseOwner: null });
  expect(readFileSync(live(), "utf8")).toBe("listen 8080\n");
});

/** A restore whose worker waits where it has just said that it changes its target, until the file is gone. */
async function heldInChange(name: string, more: Record<string, string>) {
  writeFileSync(live(), "listen 8080\n");
  const hold = join(installation.dataDir, name);
  writeFileSync(hold, "");
  const worker = startWorker({ HOLDFAST_FAULT_POINT: "after-restore-mark", HOLDFAST_FAULT_HOLD: hold, ...more });
  const id = await begin(worker);
  await until(() => Promise.resolve(existsSync(`${hold}.reached`)));
  return { id, worker, hold };
}

test("told to end twice, a worker that changes a restore's target does so to its end, longer than it would wait for anything else", async () => {
  const { id, worker, hold } = await heldInChange("hold-change", { HOLDFAST_DRAIN_SECONDS: "0.2" });
  await expect(cancelRestore.execute(folder.owner, { id })).rejects.toMatchObject({
    code: "too-late",
    message: expect.stringContaining("already changing the target") as string,
  });
  worker.child.kill("SIGTERM");
  await until(() => Promise.resolve(worker.output().includes("waits for a restore")));
  worker.child.kill("SIGTERM");
  rmSync(hold);
  expect(await worker.ended).toBe(0);
  expect(await read(id)).toMatchObject({ status: "completed", failure: null, report: { outcome: "completed", problems: [] } });
  expect(readFileSync(live(), "utf8")).toBe("listen 80\n");
});

test("a restore whose change does not end in time is stopped after all: it failed, with the safety backup at hand", async () => {
  const { id, worker } = await heldInChange("hold-too-long", { HOLDFAST_DRAIN_SECONDS: "0.2", HOLDFAST_RESTORE_DRAIN_SECONDS: "0.5" });
  worker.child.kill("SIGTERM");
  expect(await worker.ended).toBe(0);
  const failed = await read(id);
  expect(failed).toMatchObject({ status: "failed", failure: { step: "restore", message: "The worker was shut down." } });
  expect(failed.safetyBackupId).not.toBeNull();
  expect((await toldOf(id)).at(-1)).toMatchObject({ type: "restore.failed", data: { changedTarget: true } });
});

/** The test's own limit ends what never comes. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(50);
}
