import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type RedisServer, startRedis } from "#e2e/servers/redis.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { startWorkerProcess, type WorkerProcess } from "#e2e/servers/worker-process.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { closeClients } from "#lib/db/client.ts";
import { getRun } from "#lib/runs/get-run.ts";
import type { RunDto } from "#lib/runs/schemas.ts";

let redis: RedisServer;
let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
let worker: WorkerProcess;
let hold: string;

beforeAll(async () => {
  redis = await startRedis();
  installation = await createTestInstallation({
    REDIS_URL: redis.url,
    HOLDFAST_LEASE_SECONDS: "3",
    HOLDFAST_HEARTBEAT_SECONDS: "0.3",
    HOLDFAST_DISPATCH_SECONDS: "0.3",
  });
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  hold = join(installation.dataDir, "hold");
  worker = startWorkerProcess({ ...installation.environment, HOLDFAST_FAULT_POINT: "after-upload", HOLDFAST_FAULT_HOLD: hold });
});
afterAll(async () => {
  await worker.stop();
  await closeClients();
  await sshd.stop();
  await redis.stop();
  await installation.remove();
});

const start = () => startBackup.execute(folder.owner, { systemId: folder.systemId });

test("with REDIS_URL the bell rings in Redis, and the run completes", async () => {
  const run = await ended(await start());
  expect(run).toMatchObject({ status: "completed", attempt: 1 });
  expect(await redis.countKeys()).toBeGreaterThan(0);
});

test("losing everything in Redis loses nothing: the run under way and the one that waits both complete, once", async () => {
  rmSync(`${hold}.reached`);
  writeFileSync(hold, "");
  const underWay = await start();
  await until(() => Promise.resolve(existsSync(`${hold}.reached`)));
  const waiting = await start();
  await redis.flush();
  rmSync(hold);
  expect(await ended(underWay)).toMatchObject({ status: "completed", attempt: 1 });
  expect(await ended(waiting)).toMatchObject({ status: "completed", attempt: 1 });
  expect(folder.storedFiles()).toEqual(await folder.catalogued());
});

async function ended(run: RunDto): Promise<RunDto> {
  let latest = run;
  await until(async () => {
    latest = await getRun.execute(folder.owner, { id: run.id });
    return ["completed", "partial", "failed", "cancelled", "missed"].includes(latest.status);
  });
  return latest;
}

/** The test's own limit ends what never comes. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(50);
}
