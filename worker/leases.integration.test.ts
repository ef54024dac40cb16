import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { startWorkerProcess, type WorkerProcess } from "#e2e/servers/worker-process.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { holdWork } from "#lib/queue/hold-work.ts";
import { type ClaimedRun, claimRun } from "#lib/runs/claim-run.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { holdRun } from "#lib/runs/lease.ts";
import { ProgressKeeper } from "#lib/runs/progress.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import type { RunDto } from "#lib/runs/schemas.ts";
import { setClockBy } from "#worker/clock-fixture.ts";
import { createReaper } from "#worker/reaper.ts";
import { sweep } from "#worker/sweeper.ts";

const LEASE_SECONDS = 6;

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
let admin: pg.Client;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  installation = await createTestInstallation({
    HOLDFAST_LEASE_SECONDS: String(LEASE_SECONDS),
    HOLDFAST_HEARTBEAT_SECONDS: "0.3",
    HOLDFAST_DISPATCH_SECONDS: "0.3",
    HOLDFAST_SECOND_LOOK_SECONDS: "2",
    HOLDFAST_THIRD_LOOK_SECONDS: "4",
    LOG_LEVEL: "info",
  });
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  admin = new pg.Client({ connectionString: installation.database.superuserUrl });
  await admin.connect();
});
afterEach(async () => {
  await setClockBy(admin, null);
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});
afterAll(async () => {
  await admin.end();
  await closeClients();
  await sshd.stop();
  await installation.remove();
});

const start = () => startBackup.execute(folder.owner, { systemId: folder.systemId });
const read = ({ id }: RunDto) => getRun.execute(folder.owner, { id });

function startWorker(more: Record<string, string> = {}): WorkerProcess {
  const worker = startWorkerProcess({ ...installation.environment, ...more });
  workers.push(worker);
  return worker;
}

async function claim(run: RunDto): Promise<ClaimedRun> {
  const claimed = await claimRun(folder.tenantId, run.id, newId("worker"));
  if (!claimed) throw new Error("The run was not to be had.");
  return claimed;
}

async function aheadDays(): Promise<number> {
  const [row] = await acrossTenants(
    "scheduler",
    (db) => db.$queryRaw<{ days: number }[]>`SELECT extract(day FROM clock_timestamp() - pg_catalog.clock_timestamp())::int AS days`,
  );
  return row?.days ?? 0;
}

/** Looks ten times in a lease, for so many leases. */
async function lookFor(reap: () => Promise<void>, leases: number): Promise<void> {
  for (let look = 0; look < leases * 10; look++) {
    await reap();
    await delay(LEASE_SECONDS * 100);
  }
}

test("a jump of the database's clock by a year, forward or back, neither kills a lease nor lets a dead one live", async () => {
  const run = await start();
  const claimed = await claim(run);
  const held = holdRun(claimed, new AbortController().signal, new ProgressKeeper());
  const reap = createReaper();
  await lookFor(reap, 0.5);
  await setClockBy(admin, "365 days");
  expect(await aheadDays()).toBeGreaterThan(300);
  await lookFor(reap, 2);
  await setClockBy(admin, "-365 days");
  expect(await aheadDays()).toBeLessThan(-300);
  await lookFor(reap, 2);
  expect(held.signal.aborted).toBe(false);
  expect(await read(run)).toMatchObject({ status: "running", attempt: 1 });

  held.release();
  await lookFor(reap, 2);
  expect(await read(run)).toMatchObject({
    status: "queued",
    attempt: 1,
    failure: { message: expect.stringContaining("worker") as string },
  });
  await setClockBy(admin, null);
  await withTenant(folder.tenantId, (db) => db.run.updateMany({ where: { id: run.id }, data: { status: "cancelled" } }));
});

test("a worker whose renewals get no answer ends its work by its own clock before a reaper takes it", async () => {
  const run = await start();
  await claim(run);
  const held = holdWork(() => new Promise(() => undefined), new AbortController().signal);
  const reap = createReaper();
  while (!held.signal.aborted) {
    await reap();
    await delay(100);
  }
  expect(held.signal.reason).toMatchObject({ reason: "lost" });
  expect(await read(run)).toMatchObject({ status: "running", attempt: 1 });
  await until(async () => {
    await reap();
    return (await read(run)).status === "queued";
  });
  await withTenant(folder.tenantId, (db) => db.run.updateMany({ where: { id: run.id }, data: { status: "cancelled" } }));
});

test.each(["after-upload", "before-commit"])(
  "a worker that was stopped %s for longer than its lease cannot commit when it goes on",
  async (point) => {
    const hold = join(installation.dataDir, `hold-${point}`);
    writeFileSync(hold, "");
    const slow = startWorker({ HOLDFAST_FAULT_POINT: point, HOLDFAST_FAULT_HOLD: hold });
    const run = await start();
    await until(() => Promise.resolve(existsSync(`${hold}.reached`)));
    slow.child.kill("SIGSTOP");
    startWorker();
    await until(async () => (await read(run)).status === "completed");
    const completed = await read(run);
    expect(completed).toMatchObject({ attempt: 2 });
    rmSync(hold);
    slow.child.kill("SIGCONT");
    await until(() => Promise.resolve(slow.output().includes("A run did not complete")));
    expect(await read(run)).toEqual(completed);
    await until(async () => (await unfinished()) === 0);
    const backups = await withTenant(folder.tenantId, (db) =>
      db.backup.findMany({ where: { runId: run.id }, orderBy: { attempt: "asc" } }),
    );
    expect(backups).toMatchObject([
      { attempt: 1, status: "deleted" },
      { attempt: 2, status: "completed", id: completed.backupId },
    ]);
    expect(folder.storedFiles()).toEqual(await folder.catalogued());
  },
);

test("a run that hangs is given back within seconds when its worker has to end, and another attempt begins at once", async () => {
  const hold = join(installation.dataDir, "hold-drain");
  writeFileSync(hold, "");
  const ending = startWorker({ HOLDFAST_FAULT_POINT: "mid-upload", HOLDFAST_FAULT_HOLD: hold, HOLDFAST_DRAIN_SECONDS: "1" });
  const run = await start();
  await until(() => Promise.resolve(existsSync(`${hold}.reached`)));
  ending.child.kill("SIGTERM");
  // The hold stays: what hangs does not come back, and the worker ends all the same.
  expect(await ending.ended).toBe(0);
  expect(await read(run)).toMatchObject({ status: "queued", attempt: 1, attempts: 4, failure: null });
  startWorker();
  await until(async () => (await read(run)).status === "completed");
  expect(await read(run)).toMatchObject({ attempt: 2 });
  await until(async () => (await unfinished()) === 0);
  expect(folder.storedFiles()).toEqual(await folder.catalogued());
});

test("what comes to lie there after a dead attempt was swept is found at the second and at the third look, and not by a listing", async () => {
  const good = await start();
  await runBackupJob({ tenantId: folder.tenantId, runId: good.id, worker: { id: newId("worker"), signal: new AbortController().signal } });
  const run = await start();
  const claimed = await claim(run);
  const { backupId, paths } = await rowsOf(claimed);
  await withTenant(folder.tenantId, (db) => db.run.updateMany({ where: { id: run.id }, data: { status: "failed" } }));
  const nobodys = join(dirname(paths[0] ?? ""), "nobody-knows-this.tar.zst.age");
  const signal = new AbortController().signal;
  const put = () => paths.forEach((path) => writeFileSync(path, "late"));
  const isThere = () => paths.map((path) => existsSync(path));
  put();
  writeFileSync(nobodys, "not ours");
  await sweep(signal);
  expect(isThere()).toEqual([false, false]);
  for (const looks of [2, 3]) {
    put();
    await sweep(signal);
    // Not yet: an hour, or a day, in these tests a few seconds.
    expect(isThere()).toEqual([true, true]);
    await until(async () => {
      await sweep(signal);
      return isThere().every((there) => !there);
    });
    const copy = await withTenant(folder.tenantId, (db) => db.backupCopy.findFirstOrThrow({ where: { backupId } }));
    expect(copy).toMatchObject({ status: "deleted", looks, leaseOwner: null });
    expect(copy.lookAgainAt === null).toBe(looks === 3);
  }
  expect(existsSync(nobodys)).toBe(true);
  rmSync(nobodys);
});

/** The rows of an attempt that died right after it wrote them, and the two files that it may have stored. */
async function rowsOf(run: ClaimedRun): Promise<{ backupId: string; paths: string[] }> {
  const backupId = newId("backup");
  const objectKey = `${folder.tenantId}/late/${backupId}.tar.zst.age`;
  const descriptionKey = `${folder.tenantId}/late/${backupId}.json`;
  await withTenant(folder.tenantId, async (db) => {
    const before = await db.backup.findFirstOrThrow({ where: { status: "completed" } });
    const { systemId, keyId, formatVersion, systemKind, systemName, productVersion, includesSecrets, notInBackup } = before;
    const same = {
      systemId,
      keyId,
      formatVersion,
      systemKind,
      systemName,
      productVersion,
      includesSecrets,
      notInBackup,
    };
    await db.backup.create({
      data: { id: backupId, ...same, runId: run.id, attempt: run.attempt, status: "writing", trigger: "person", createdAt: new Date() },
    });
    const { destinationId } = folder;
    await db.backupCopy.createMany({ data: [{ backupId, destinationId, objectKey, descriptionKey, status: "writing" }] });
  });
  const root = join(installation.dataDir, "local", folder.tenantId);
  mkdirSync(join(root, folder.tenantId, "late"), { recursive: true });
  return { backupId, paths: [objectKey, descriptionKey].map((key) => join(root, key)) };
}

async function unfinished(): Promise<number> {
  const where = { status: { in: ["writing", "abandoned", "deleting"] } };
  return withTenant(folder.tenantId, (db) => db.backup.count({ where }));
}

/** The test's own limit ends what never comes. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(50);
}
