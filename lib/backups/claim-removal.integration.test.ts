import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addLocalDestination, type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { claimRemoval, endRemoval, renewRemoval } from "#lib/backups/claim-removal.ts";
import { removeCopy } from "#lib/backups/remove-backup.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { copyJob } from "#lib/copies/run-copy.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import { createReaper } from "#worker/reaper.ts";
import { sweep } from "#worker/sweeper.ts";

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
let second: string;
const signal = new AbortController().signal;

beforeAll(async () => {
  installation = await createTestInstallation({ HOLDFAST_LEASE_SECONDS: "6", HOLDFAST_HEARTBEAT_SECONDS: "0.1" });
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  second = await addLocalDestination(folder.tenantId, "second");
  mkdirSync(join(installation.dataDir, "local", folder.tenantId, "second"), { recursive: true });
});
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await installation.remove();
});

/** A backup with two copies, of which the second is to be removed, as a copy that failed halfway leaves it. */
async function withCopyToRemove() {
  const run = await startBackup.execute(folder.owner, { systemId: folder.systemId, destinationIds: [folder.destinationId, second] });
  await runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker: { id: newId("worker"), signal } });
  const backupId = (await getRun.execute(folder.owner, { id: run.id })).backupId ?? "";
  const where = { backupId, destinationId: second };
  const change = (data: object) => withTenant(folder.tenantId, (db) => db.backupCopy.updateMany({ where, data }));
  const row = () => withTenant(folder.tenantId, (db) => db.backupCopy.findFirstOrThrow({ where }));
  await change({ status: "deleting", nextAttemptAt: new Date(0) });
  const path = join(installation.dataDir, "local", folder.tenantId, "second", (await row()).objectKey);
  const remove = async (seen: Awaited<ReturnType<typeof row>>) => removeCopy(folder.tenantId, seen, "failed", signal);
  return { backupId, path, row, change, remove };
}

test("a sweeper that is late leaves alone what was copied there after another one removed it", async () => {
  const { backupId, path, row, remove } = await withCopyToRemove();
  const archive = readFileSync(path);
  const seenByLate = await row();
  expect(await remove(await row())).toBe(true);
  expect(existsSync(path)).toBe(false);
  expect(await row()).toMatchObject({ status: "failed", leaseOwner: null });
  await copyJob({ tenantId: folder.tenantId, backupId, destinationId: second, worker: { signal } });
  expect(await row()).toMatchObject({ status: "stored" });

  expect(await remove(seenByLate)).toBe(false);
  expect(readFileSync(path).equals(archive)).toBe(true);
  expect(await row()).toMatchObject({ status: "stored", leaseOwner: null });
});

test("of two sweepers at once, one removes and the other passes over", async () => {
  const { path, row, remove } = await withCopyToRemove();
  const seen = await row();
  const answers = await Promise.all([remove(seen), remove(seen)]);
  expect(answers.filter(Boolean)).toHaveLength(1);
  expect(existsSync(path)).toBe(false);
  expect(await row()).toMatchObject({ status: "failed", leaseOwner: null });
});

test("what somebody holds is passed over until a reaper has taken it from them, and whoever lost it writes nothing any more", async () => {
  const { path, row } = await withCopyToRemove();
  const held = await claimRemoval(folder.tenantId, await row());
  expect(held).not.toBeNull();
  if (!held) return;
  await sweep(signal);
  expect(existsSync(path)).toBe(true);
  expect(await renewRemoval(held)).toBe("ours");
  expect(await row()).toMatchObject({ status: "deleting", leaseOwner: held.lease });

  const reap = createReaper();
  await reap();
  while ((await row()).leaseOwner !== null) {
    await delay(300);
    await reap();
  }
  await sweep(signal);
  expect(existsSync(path)).toBe(false);
  expect(await row()).toMatchObject({ status: "failed" });
  expect(await renewRemoval(held)).toBe("lost");
  expect(await endRemoval(held, { status: "deleted" })).toBe(false);
  expect(await row()).toMatchObject({ status: "failed" });
});

test("what came to lie there after its backup was deleted is swept too", async () => {
  const { backupId, path, row, change } = await withCopyToRemove();
  await withTenant(folder.tenantId, (db) => db.backup.updateMany({ where: { id: backupId }, data: { status: "deleted" } }));
  await change({ nextAttemptAt: null });
  await sweep(signal);
  expect(existsSync(path)).toBe(false);
  expect(await row()).toMatchObject({ status: "deleted" });
});
