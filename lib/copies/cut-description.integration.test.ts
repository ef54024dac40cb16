import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { type FaultProxy, startFaultProxy } from "#e2e/servers/fault-proxy.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { copyJob } from "#lib/copies/run-copy.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createDestination } from "#lib/destinations/create-destination.ts";
import { newId } from "#lib/ids.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import { sweep } from "#worker/sweeper.ts";

// A connection that is cut while a description is written, which is the last thing of every copy: after some bytes, its unfinished file lies there.

/** Before the end of all that is sent to the server. */
const CUTS = [400, 700, 1000, 1300, 1600, 1900, 2200];

let installation: TestInstallation;
let sshd: Sshd;
let proxy: FaultProxy;
let folder: BackedUpFolder;
let remote: string;

beforeAll(async () => {
  installation = await createTestInstallation({ HOLDFAST_COPY_RETRY_SECONDS: "0.1", LOG_LEVEL: "silent" });
  sshd = await startSshd();
  proxy = await startFaultProxy(sshd);
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  mkdirSync(store());
  const { user, privateKey, hostKeyFingerprint } = sshd;
  const config = { host: proxy.host, port: proxy.port, user, privateKey, hostKey: `ssh-ed25519 ${hostKeyFingerprint}`, path: store() };
  remote = (await createDestination.execute(folder.owner, { name: "Remote", kind: "sftp", config })).id;
});
afterEach(() => proxy.resume());
afterAll(async () => {
  await closeClients();
  await proxy.close();
  await sshd.stop();
  await installation.remove();
});

const { signal } = new AbortController();
const store = () => join(sshd.root, "store");
const filesIn = (path: string) =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();

/** Backs up into the server alone. Answers the backup, or null when that failed. */
async function backUp(): Promise<string | null> {
  const { id } = await startBackup.execute(folder.owner, { systemId: folder.systemId, destinationIds: [remote] });
  await runBackupJob({ tenantId: folder.tenantId, runId: id, worker: { id: newId("worker"), signal } });
  return (await getRun.execute(folder.owner, { id })).backupId;
}

/** How many bytes `work` sends to the server. */
async function sentBy(work: () => Promise<unknown>): Promise<number> {
  const before = proxy.passed("up");
  await work();
  return proxy.passed("up") - before;
}

/** Lets the sweeper try everything again now, until nothing is half there. */
async function sweptClean(): Promise<void> {
  const halfway = { status: { in: ["writing", "abandoned", "deleting"] } };
  for (;;) {
    await withTenant(folder.tenantId, (db) => db.backupCopy.updateMany({ where: { status: "deleting" }, data: { nextAttemptAt: null } }));
    await sweep(signal);
    const left = await withTenant(folder.tenantId, async (db) => [
      await db.backup.count({ where: halfway }),
      await db.backupCopy.count({ where: halfway }),
    ]);
    if (left.every((count) => count === 0)) return;
  }
}

test("cut while a run writes it, nothing of the run stays once it was swept", async () => {
  await backUp();
  const sent = await sentBy(backUp);
  const whole = filesIn(store());
  for (const bytes of CUTS) {
    proxy.cutAfterBytes("up", sent - bytes, "reset");
    expect(await backUp()).toBeNull();
    proxy.resume();
    await sweptClean();
    expect(filesIn(store()), `cut ${bytes} bytes before the end`).toEqual(whole);
  }
});

test("cut while it is mended beside a good archive, the next attempt leaves nothing but what belongs there", async () => {
  const backupId = await backUp();
  if (backupId === null) throw new Error("The run failed.");
  const whole = filesIn(store());
  const key = { backupId, destinationId: remote };
  const { descriptionKey } = await withTenant(folder.tenantId, (db) => db.backupCopy.findFirstOrThrow({ where: key }));
  const mend = async () => {
    await withTenant(folder.tenantId, (db) => db.backupCopy.updateMany({ where: key, data: { nextAttemptAt: new Date(0) } }));
    await copyJob({ tenantId: folder.tenantId, ...key, worker: { signal } });
  };
  rmSync(join(store(), descriptionKey));
  const sent = await sentBy(mend);
  for (const bytes of CUTS) {
    rmSync(join(store(), descriptionKey));
    proxy.cutAfterBytes("up", sent - bytes, "reset");
    await mend();
    proxy.resume();
    await mend();
    expect(filesIn(store()), `cut ${bytes} bytes before the end`).toEqual(whole);
  }
});
