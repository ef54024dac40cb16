import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { EACH_ONCE, type SilentServers, startSilentServers, workThroughLosses } from "#e2e/servers/queue-losses.ts";
import { type RedisServer, startRedis } from "#e2e/servers/redis.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { startWorkerProcess, type WorkerProcess } from "#e2e/servers/worker-process.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { openQueue } from "#lib/queue/backend.ts";
import { getRun } from "#lib/runs/get-run.ts";
import type { RunDto } from "#lib/runs/schemas.ts";

let redis: RedisServer;
let servers: SilentServers;
let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
let hold: string;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  redis = await startRedis();
  servers = await startSilentServers();
  installation = await createTestInstallation({
    REDIS_URL: redis.url,
    SMTP_URL: servers.mail.url,
    // What is held back on purpose must not fail by itself, however busy the machine is.
    HOLDFAST_MAIL_TIMEOUT_SECONDS: "100",
    HOLDFAST_WEBHOOK_TIMEOUT_SECONDS: "60",
    HOLDFAST_LEASE_SECONDS: "20",
    HOLDFAST_HEARTBEAT_SECONDS: "0.3",
    HOLDFAST_DISPATCH_SECONDS: "0.3",
  });
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  hold = join(installation.dataDir, "hold");
  const environment = { ...installation.environment, HOLDFAST_FAULT_POINT: "after-upload", HOLDFAST_FAULT_HOLD: hold };
  workers.push(startWorkerProcess(environment), startWorkerProcess(environment));
});
afterEach(() => rmSync(hold, { force: true }));
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await closeClients();
  await sshd.stop();
  await servers.stop();
  await redis.stop();
  await installation.remove();
});

const start = () => startBackup.execute(folder.owner, { systemId: folder.systemId });

test("with REDIS_URL the bell rings in Redis, and the run completes", async () => {
  const run = await ended(await start());
  expect(run).toMatchObject({ status: "completed", attempt: 1 });
  expect(await redis.keys("holdfast:*")).not.toEqual([]);
  // Of jobs that are over, nothing stays.
  await until(async () => (await redis.keys("holdfast:*:*_*-*")).length === 0);
});

test.each([
  ["flushed", () => redis.flush()],
  ["killed and started again with nothing in it", () => redis.restartEmpty()],
])("a Redis that is %s loses nothing: the run under way and the one that waits both complete, once", async (_, lose) => {
  const underWay = await held();
  const waiting = await start();
  await lose();
  rmSync(hold);
  await expectOnce([underWay, waiting]);
});

test("bells that ring again and again for one run begin it once", async () => {
  const underWay = await held();
  const waiting = await start();
  const queue = openQueue("runs");
  const jobs = [underWay, waiting].flatMap(({ id: runId }) =>
    Array.from({ length: 20 }, (_, again) => ({
      name: "run",
      payload: { tenantId: folder.tenantId, runId },
      id: `${runId}-again-${again}`,
    })),
  );
  await queue.add(jobs);
  rmSync(hold);
  await queue.add(jobs.map((job) => ({ ...job, id: `${job.id}-later` })));
  await expectOnce([underWay, waiting]);
  await queue.close();
});

test("restores, verifications, webhook deliveries and mail in the middle of which Redis is flushed are each done once", async () => {
  const file = join(sshd.root, "etc", "main.conf");
  expect(await workThroughLosses(folder, { servers, sshd, file, lose: () => redis.flush() })).toEqual(EACH_ONCE);
  expect(readFileSync(file, "utf8")).toBe("listen 80\n");
});

/** A run whose worker waits in the middle of it, until the file is gone. */
async function held(): Promise<RunDto> {
  rmSync(`${hold}.reached`, { force: true });
  writeFileSync(hold, "");
  const run = await start();
  await until(() => Promise.resolve(existsSync(`${hold}.reached`)));
  return run;
}

async function expectOnce(runs: RunDto[]): Promise<void> {
  for (const run of runs) {
    expect(await ended(run)).toMatchObject({ status: "completed", attempt: 1 });
    const count = await withTenant(folder.tenantId, (db) => db.backup.count({ where: { runId: run.id } }));
    const told = await withTenant(folder.tenantId, (db) => db.event.count({ where: { subjectId: run.id } }));
    expect({ count, told }).toEqual({ count: 1, told: 1 });
  }
  expect(folder.storedFiles()).toEqual(await folder.catalogued());
}

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
