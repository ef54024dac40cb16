import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { EACH_ONCE, type SilentServers, startSilentServers, workThroughLosses } from "#e2e/servers/queue-losses.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { startWorkerProcess, type WorkerProcess } from "#e2e/servers/worker-process.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { getRun } from "#lib/runs/get-run.ts";
import type { RunDto } from "#lib/runs/schemas.ts";

let installation: TestInstallation;
let sshd: Sshd;
let servers: SilentServers;
let folders: BackedUpFolder[];
let hold: string;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  servers = await startSilentServers();
  installation = await createTestInstallation({
    SMTP_URL: servers.mail.url,
    // What is held back on purpose must not fail by itself, however busy the machine is.
    HOLDFAST_MAIL_TIMEOUT_SECONDS: "100",
    HOLDFAST_WEBHOOK_TIMEOUT_SECONDS: "60",
    HOLDFAST_LEASE_SECONDS: "20",
    HOLDFAST_HEARTBEAT_SECONDS: "0.3",
    HOLDFAST_DISPATCH_SECONDS: "0.3",
  });
  sshd = await startSshd();
  folders = [
    await createBackedUpFolder(sshd, installation.dataDir, "one"),
    await createBackedUpFolder(sshd, installation.dataDir, "two"),
    await createBackedUpFolder(sshd, installation.dataDir, "three"),
  ];
  hold = join(installation.dataDir, "hold");
  const environment = { ...installation.environment, HOLDFAST_FAULT_POINT: "after-upload", HOLDFAST_FAULT_HOLD: hold };
  workers.push(startWorkerProcess(environment), startWorkerProcess(environment));
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await closeClients();
  await sshd.stop();
  await servers.stop();
  await installation.remove();
});

test("emptying every table of the queue in the middle of work loses nothing and doubles nothing", async () => {
  writeFileSync(hold, "");
  const runs = await startAll();
  while (!existsSync(`${hold}.reached`)) await delay(50);
  const waiting = await startAll();
  expect(await emptyQueue()).toBeGreaterThan(0);
  rmSync(hold);
  await emptyQueue();
  for (const each of [...runs, ...waiting, ...(await startAll())]) await expectOnce(each);
  for (const folder of folders) expect(folder.storedFiles()).toEqual(await folder.catalogued());
  // Of jobs that are over, nothing stays.
  while ((await countJobs()) > 0) await delay(50);
});

test("restores, verifications, webhook deliveries and mail in the middle of which the queue is emptied are each done once", async () => {
  const [folder] = folders;
  if (!folder) throw new Error("There is no folder.");
  const file = join(sshd.root, "one", "main.conf");
  expect(await workThroughLosses(folder, { servers, sshd, file, lose: emptyQueue })).toEqual(EACH_ONCE);
  expect(readFileSync(file, "utf8")).toBe("listen 80\n");
});

interface Started {
  folder: BackedUpFolder;
  run: RunDto;
}

function startAll(): Promise<Started[]> {
  return Promise.all(
    folders.map(async (folder) => ({ folder, run: await startBackup.execute(folder.owner, { systemId: folder.systemId }) })),
  );
}

/** Answers how many rows there were. */
async function emptyQueue(): Promise<number> {
  return asAdministrator(async (admin) => {
    const { rows } = await admin.query<{ name: string }>(
      "SELECT format('bullmq.%I', tablename) AS name FROM pg_tables WHERE schemaname = 'bullmq' AND tablename NOT LIKE '%migration%'",
    );
    let emptied = 0;
    for (const { name } of rows) emptied += (await admin.query(`DELETE FROM ${name}`)).rowCount ?? 0;
    return emptied;
  });
}

async function countJobs(): Promise<number> {
  return asAdministrator(async (admin) => {
    const { rows } = await admin.query<{ count: number }>("SELECT count(*)::int AS count FROM bullmq.job");
    return rows[0]?.count ?? -1;
  });
}

async function asAdministrator(work: (admin: pg.Client) => Promise<number>): Promise<number> {
  const admin = new pg.Client({ connectionString: installation.database.superuserUrl });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

async function expectOnce({ folder, run }: Started): Promise<void> {
  for (;;) {
    const { status, attempt } = await getRun.execute(folder.owner, { id: run.id });
    if (["completed", "partial", "failed", "cancelled", "missed"].includes(status)) {
      expect({ status, attempt }).toEqual({ status: "completed", attempt: 1 });
      break;
    }
    await delay(50);
  }
  const backups = await withTenant(folder.tenantId, (db) => db.backup.count({ where: { runId: run.id } }));
  const told = await withTenant(folder.tenantId, (db) => db.event.count({ where: { subjectId: run.id } }));
  expect({ backups, told }).toEqual({ backups: 1, told: 1 });
}
