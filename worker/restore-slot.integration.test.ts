import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { type FaultProxy, startFaultProxy } from "#e2e/servers/fault-proxy.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { startWorkerProcess, type WorkerProcess } from "#e2e/servers/worker-process.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { closeClients } from "#lib/db/client.ts";
import { newId } from "#lib/ids.ts";
import { executeRestore } from "#lib/restores/execute-restore.ts";
import { getRestore } from "#lib/restores/get-restore.ts";
import { planRestore } from "#lib/restores/plan-restore.ts";
import { cancelRun } from "#lib/runs/cancel-run.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import { createSystem } from "#lib/systems/create-system.ts";
import { TEST_PASSWORD } from "#lib/tenants/tenant-fixture.ts";

const SLOTS = 3;

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
/** Each before a system that says nothing any more once it has begun to be read. */
const proxies: FaultProxy[] = [];
let worker: WorkerProcess;

beforeAll(async () => {
  installation = await createTestInstallation({ HOLDFAST_DISPATCH_SECONDS: "0.3", WORKER_CONCURRENCY: String(SLOTS), LOG_LEVEL: "info" });
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  mkdirSync(join(sshd.root, "big"));
  writeFileSync(join(sshd.root, "big", "big.bin"), Buffer.alloc(4_000_000));
});
afterAll(async () => {
  await worker.stop();
  await closeClients();
  await Promise.all(proxies.map((proxy) => proxy.close()));
  await sshd.stop();
  await installation.remove();
});

const stateOf = async (id: string) => (await getRun.execute(folder.owner, { id })).status;
const restoreOf = (id: string) => getRestore.execute(folder.owner, { id });

async function backedUp(): Promise<string> {
  const { id } = await startBackup.execute(folder.owner, { systemId: folder.systemId });
  await runBackupJob({ tenantId: folder.tenantId, runId: id, worker: { id: newId("worker"), signal: new AbortController().signal } });
  return (await getRun.execute(folder.owner, { id })).backupId ?? "";
}

/** Asks for a backup of a system that falls silent in the middle of it. */
async function hangingRun(): Promise<string> {
  const proxy = await startFaultProxy(sshd);
  proxies.push(proxy);
  const { host, user, privateKey } = sshd;
  const hostKey = `ssh-ed25519 ${sshd.hostKeyFingerprint}`;
  const config = { host, port: proxy.port, user, privateKey, hostKey, path: join(sshd.root, "big") };
  const { id: systemId } = await createSystem.execute(folder.owner, { name: newId("system"), kind: "folder", config });
  proxy.stallAfterBytes("down", 100_000);
  return (await startBackup.execute(folder.owner, { systemId, destinationIds: [folder.destinationId] })).id;
}

test("while runs hold every slot that they may have, and more wait, a restore is planned and carried out", async () => {
  const backupId = await backedUp();
  const live = join(sshd.root, "etc", "main.conf");
  writeFileSync(live, "listen 8080\n");
  worker = startWorkerProcess(installation.environment);
  const runs: string[] = [];
  for (let run = 0; run < SLOTS; run++) runs.push(await hangingRun());
  const states = async () => (await Promise.all(runs.map(stateOf))).toSorted();
  const full = ["queued", "running", "running"];
  await until(async () => (await states()).join() === full.join());

  const { id } = await planRestore.execute(folder.owner, { backupId, targetSystemId: folder.systemId });
  await until(async () => (await restoreOf(id)).status === "planned");
  const planHash = (await restoreOf(id)).plan?.hash;
  await executeRestore.execute(folder.owner, { id, planHash, password: TEST_PASSWORD });
  await until(async () => !["approved", "running"].includes((await restoreOf(id)).status));
  expect(await restoreOf(id)).toMatchObject({ status: "completed", failure: null });
  expect(readFileSync(live, "utf8")).toBe("listen 80\n");
  expect(await states()).toEqual(full);

  for (const run of runs) await cancelRun.execute(folder.owner, { id: run });
  await until(async () => (await states()).every((state) => state === "cancelled"));
});

/** The test's own limit ends what never comes. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(50);
}
