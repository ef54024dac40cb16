import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { startWorkerProcess, type WorkerProcess } from "#e2e/servers/worker-process.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createPolicy } from "#lib/policies/create-policy.ts";
import { updatePolicy } from "#lib/policies/update-policy.ts";
import { cancelRun } from "#lib/runs/cancel-run.ts";
import { getRun } from "#lib/runs/get-run.ts";
import type { RunDto } from "#lib/runs/schemas.ts";

const FINAL = ["completed", "partial", "failed", "cancelled", "missed"];

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
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
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await installation.remove();
});

function startWorker(more: Record<string, string> = {}): WorkerProcess {
  const worker = startWorkerProcess({ ...installation.environment, ...more });
  workers.push(worker);
  return worker;
}

const start = (of = folder) => startBackup.execute(of.owner, { systemId: of.systemId });

test("a worker completes a run that waits, and ends cleanly", async () => {
  const worker = startWorker();
  const run = await ended(await start());
  expect(run).toMatchObject({ status: "completed", attempt: 1 });
  worker.child.kill("SIGTERM");
  expect(await worker.ended).toBe(0);
  expect(folder.storedFiles()).toEqual(await folder.catalogued());
  expect(await countWorkers()).toBe(0);
});

test("killed at every attempt, the run ends as failed and says why", async () => {
  const backups = await countBackups();
  const run = await start();
  for (let attempt = 1; attempt <= 3; attempt++) {
    expect(await startWorker({ HOLDFAST_FAULT_POINT: "after-upload" }).ended).toBe("SIGKILL");
  }
  startWorker();
  const failed = await ended(run);
  expect(failed).toMatchObject({ status: "failed", attempt: 3, backupId: null });
  expect(failed.failure?.message).toContain("worker");
  await swept();
  expect(await countBackups()).toBe(backups);
  expect(folder.storedFiles()).toEqual(await folder.catalogued());
});

test("told to end, a worker lets the run that is under way come to its end, and begins no other", async () => {
  const hold = join(installation.dataDir, "hold-drain");
  writeFileSync(hold, "");
  const worker = startWorker({ HOLDFAST_FAULT_POINT: "after-upload", HOLDFAST_FAULT_HOLD: hold });
  const run = await start();
  await until(() => Promise.resolve(existsSync(`${hold}.reached`)));
  worker.child.kill("SIGTERM");
  await until(() => Promise.resolve(worker.output().includes("drains")));
  const next = await start();
  rmSync(hold);
  expect(await worker.ended).toBe(0);
  const read = ({ id }: RunDto) => getRun.execute(folder.owner, { id });
  expect(await read(run)).toMatchObject({ status: "completed", attempt: 1 });
  expect(await read(next)).toMatchObject({ status: "queued", attempt: 0 });
  await cancelRun.execute(folder.owner, { id: next.id });
});

test("told to end, a worker gives a run that takes too long back at the second word, and another completes it", async () => {
  const hold = join(installation.dataDir, "hold");
  writeFileSync(hold, "");
  const first = startWorker({ HOLDFAST_FAULT_POINT: "after-upload", HOLDFAST_FAULT_HOLD: hold });
  const run = await start();
  await until(() => Promise.resolve(existsSync(`${hold}.reached`)));
  first.child.kill("SIGTERM");
  await until(() => Promise.resolve(first.output().includes("drains")));
  first.child.kill("SIGTERM");
  await delay(200);
  rmSync(hold);
  expect(await first.ended).toBe(0);
  expect(await getRun.execute(folder.owner, { id: run.id })).toMatchObject({ status: "queued", attempt: 1 });
  startWorker();
  expect(await ended(run)).toMatchObject({ status: "completed", attempt: 2 });
  await swept();
  expect(folder.storedFiles()).toEqual(await folder.catalogued());
});

test("two workers share the runs of three systems: each once, none lost", async () => {
  const folders = [
    folder,
    await createBackedUpFolder(sshd, installation.dataDir, "two"),
    await createBackedUpFolder(sshd, installation.dataDir, "three"),
  ];
  const runs = await Promise.all([...folders, ...folders].map(async (of) => ({ of, run: await start(of) })));
  // A slow machine must not look like a dead worker here.
  const patience = { HOLDFAST_LEASE_SECONDS: "60", HOLDFAST_HEARTBEAT_SECONDS: "1" };
  startWorker(patience);
  startWorker(patience);
  for (const { of, run } of runs) expect(await ended(run, of)).toMatchObject({ status: "completed", attempt: 1 });
  for (const of of folders) expect(of.storedFiles()).toEqual(await of.catalogued());
});

test("a run under way is cancelled by the person, not by the worker's end", async () => {
  const hold = join(installation.dataDir, "hold-cancel");
  writeFileSync(hold, "");
  startWorker({ HOLDFAST_FAULT_POINT: "after-rows", HOLDFAST_FAULT_HOLD: hold });
  const run = await start();
  await until(() => Promise.resolve(existsSync(`${hold}.reached`)));
  await cancelRun.execute(folder.owner, { id: run.id });
  await delay(1000);
  rmSync(hold);
  expect(await ended(run)).toMatchObject({ status: "cancelled", backupId: null });
});

test("the next two runs of every policy are planned, and follow its edits", async () => {
  const policy = await createPolicy.execute(folder.owner, {
    name: "Hours",
    systemIds: [folder.systemId],
    destinationIds: [folder.destinationId],
    schedule: { kind: "hours", at: ["05:00", "17:00"], timeZone: "UTC" },
    retention: { keepLast: 3 },
  });
  const planned = async () => {
    const where = { policyId: policy.id, status: "scheduled" };
    const rows = await withTenant(folder.tenantId, (db) => db.run.findMany({ where, orderBy: { dueAt: "asc" } }));
    return rows.map((row) => row.occurrence?.slice(11));
  };
  startWorker();
  await until(async () => (await planned()).length === 2);
  expect((await planned()).toSorted()).toEqual(["05:00[UTC]", "17:00[UTC]"]);
  await updatePolicy.execute(folder.owner, { id: policy.id, schedule: { kind: "daily", at: "06:30", timeZone: "Europe/Berlin" } });
  await until(async () => (await planned()).join() === "06:30[Europe/Berlin],06:30[Europe/Berlin]");
  await updatePolicy.execute(folder.owner, { id: policy.id, enabled: false });
  await until(async () => (await planned()).length === 0);
});

test("after a downtime the latest planned run runs, and the others are missed", async () => {
  const policy = await createPolicy.execute(folder.owner, {
    name: "Every five minutes",
    systemIds: [folder.systemId],
    destinationIds: [folder.destinationId],
    schedule: { kind: "cron", expression: "*/5 * * * *", timeZone: "UTC" },
    retention: { keepLast: 30 },
  });
  const dueAt = new Date(Math.floor(Date.now() / 300_000) * 300_000 - 900_000);
  const planned = {
    policyId: policy.id,
    systemId: folder.systemId,
    destinationIds: [folder.destinationId],
    trigger: "schedule",
    status: "scheduled",
  };
  const occurrence = `${dueAt.toISOString().slice(0, 16)}[UTC]`;
  await withTenant(folder.tenantId, (db) => db.run.createMany({ data: [{ id: "run_downtime", ...planned, dueAt, occurrence }] }));
  startWorker();
  const past = async () => {
    const where = { policyId: policy.id, status: { in: FINAL } };
    return withTenant(folder.tenantId, (db) => db.run.findMany({ where, orderBy: { dueAt: "asc" } }));
  };
  await until(async () => (await past()).some((run) => run.status === "completed"));
  const states = (await past()).map((run) => run.status);
  expect(states.slice(0, 4)).toEqual(["missed", "missed", "missed", "completed"]);
});

async function ended(run: RunDto, of = folder): Promise<RunDto> {
  let latest = run;
  await until(async () => {
    latest = await getRun.execute(of.owner, { id: run.id });
    return FINAL.includes(latest.status);
  });
  return latest;
}

/** Waits until no backup is half there or half gone. */
async function swept(): Promise<void> {
  const where = { status: { in: ["writing", "abandoned", "deleting"] } };
  await until(async () => (await withTenant(folder.tenantId, (db) => db.backup.count({ where }))) === 0);
}

async function countBackups(): Promise<number> {
  return withTenant(folder.tenantId, (db) => db.backup.count({ where: { status: "completed" } }));
}

async function countWorkers(): Promise<number> {
  const client = new pg.Client({ connectionString: installation.database.superuserUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>("SELECT count(*)::int AS count FROM workers");
    return rows[0]?.count ?? -1;
  } finally {
    await client.end();
  }
}

/** The test's own limit ends what never comes. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(50);
}
