import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { startWorkerProcess, type WorkerProcess } from "#e2e/servers/worker-process.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { getRun } from "#lib/runs/get-run.ts";
import type { RunDto } from "#lib/runs/schemas.ts";

let installation: TestInstallation;
let sshd: Sshd;
let folders: BackedUpFolder[];
let hold: string;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  installation = await createTestInstallation({
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

/** As the server's administrator; answers how many rows there were. */
async function emptyQueue(): Promise<number> {
  const admin = new pg.Client({ connectionString: installation.database.superuserUrl });
  await admin.connect();
  try {
    const { rows } = await admin.query<{ name: string }>(
      "SELECT format('bullmq.%I', tablename) AS name FROM pg_tables WHERE schemaname = 'bullmq' AND tablename NOT LIKE '%migration%'",
    );
    let emptied = 0;
    for (const { name } of rows) emptied += (await admin.query(`DELETE FROM ${name}`)).rowCount ?? 0;
    return emptied;
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
