import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addLocalDestination, type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { getBackup } from "#lib/backups/get-backup.ts";
import type { BackupDto } from "#lib/backups/schemas.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { addCopy } from "#lib/copies/add-copy.ts";
import { retryCopy } from "#lib/copies/retry-copy.ts";
import { copyJob } from "#lib/copies/run-copy.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { deleteDestination } from "#lib/destinations/delete-destination.ts";
import { newId } from "#lib/ids.ts";
import { createPolicy } from "#lib/policies/create-policy.ts";
import { updatePolicy } from "#lib/policies/update-policy.ts";
import { claimRestore } from "#lib/restores/claim-restore.ts";
import { fetchArchive } from "#lib/restores/fetch-archive.ts";
import { holdRestore } from "#lib/restores/hold-restore.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import { verificationJob } from "#lib/verifications/run-verification.ts";
import { verifyBackup } from "#lib/verifications/verify-backup.ts";
import { findUpkeep } from "#worker/find-upkeep.ts";
import { sweep } from "#worker/sweeper.ts";

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
let second: string;

beforeAll(async () => {
  installation = await createTestInstallation({
    HOLDFAST_LEASE_SECONDS: "3",
    HOLDFAST_HEARTBEAT_SECONDS: "0.2",
    HOLDFAST_COPY_RETRY_SECONDS: "0.1",
  });
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  second = await addLocalDestination(folder.tenantId, "second");
  mkdirSync(root(), { recursive: true });
});
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await installation.remove();
});

const root = () => join(installation.dataDir, "local", folder.tenantId);
const signal = new AbortController().signal;
const get = (id: string) => getBackup.execute(folder.owner, { id });
const copyIn = (backup: BackupDto, destinationId: string) => backup.copies.find((copy) => copy.destinationId === destinationId);
const pathOf = (backup: BackupDto, destinationId: string) =>
  join(root(), destinationId === folder.destinationId ? "" : "second", copyIn(backup, destinationId)?.objectKey ?? "");

async function backUp(destinationIds: string[], status = "completed"): Promise<BackupDto> {
  const run = await startBackup.execute(folder.owner, { systemId: folder.systemId, destinationIds });
  await runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker: { id: newId("worker"), signal } });
  const ended = await getRun.execute(folder.owner, { id: run.id });
  expect(ended).toMatchObject({ status });
  return get(ended.backupId ?? "");
}

/** Waits for the copy's next attempt and makes it. */
async function attempt(backup: BackupDto, destinationId = second): Promise<BackupDto> {
  const isDue = async () => {
    const bells = await acrossTenants("scheduler", findUpkeep);
    return bells.some(
      ({ payload }) => "destinationId" in payload && payload.backupId === backup.id && payload.destinationId === destinationId,
    );
  };
  while (!(await isDue())) await sweep(signal);
  await copyJob({ tenantId: folder.tenantId, backupId: backup.id, destinationId, worker: { signal } });
  return get(backup.id);
}

test("a copy that failed is tried again until its destination is mended; then everything is stored", async () => {
  writeFileSync(join(root(), "second"), "a file where a folder should be");
  const backup = await backUp([folder.destinationId, second], "partial");
  expect(backup).toMatchObject({ proven: "valid" });
  const failed = copyIn(backup, second);
  expect(failed).toMatchObject({ status: "missing" });
  expect(failed?.failure).toBeTruthy();
  expect(Date.parse(failed?.nextAttemptAt ?? "")).not.toBeNaN();

  const again = copyIn(await attempt(backup), second);
  expect(again).toMatchObject({ status: "missing", isCopying: false });
  expect(Date.parse(again?.nextAttemptAt ?? "")).toBeGreaterThan(Date.parse(failed?.nextAttemptAt ?? ""));

  rmSync(join(root(), "second"));
  const mended = await attempt(backup);
  expect(copyIn(mended, second)).toMatchObject({ status: "stored", failure: null, nextAttemptAt: null });
  expect(readFileSync(pathOf(mended, second)).equals(readFileSync(pathOf(mended, folder.destinationId)))).toBe(true);
  const beside = (destinationId: string) => readFileSync(pathOf(mended, destinationId).replace(/\.tar\.zst\.age$/, ".json"), "utf8");
  expect(beside(second)).toBe(beside(folder.destinationId));
  // The run stays what it was at its end.
  expect(await getRun.execute(folder.owner, { id: backup.runId })).toMatchObject({ status: "partial" });
});

test("when the first destination fails, the next one's copy gets the whole proof", async () => {
  renameSync(join(root(), "second"), join(root(), "away"));
  writeFileSync(join(root(), "second"), "a file where a folder should be");
  const ids = [folder.destinationId, second].toSorted();
  // Destinations are taken in order of their ids: "second" is the younger, so a third, older-looking one takes its broken place.
  const broken = "dst_00000000000000000000000000";
  await withTenant(folder.tenantId, (db) =>
    db.destination.createMany({ data: [{ id: broken, name: "broken", kind: "local", config: { path: "second" } }] }),
  );
  expect(ids[0]).toBe(folder.destinationId);
  const backup = await backUp([broken, folder.destinationId], "partial");
  expect(copyIn(backup, broken)).toMatchObject({ status: "missing" });
  const { crc32 } = await withTenant(folder.tenantId, (db) => db.backup.findUniqueOrThrow({ where: { id: backup.id } }));
  expect(backup).toMatchObject({ proven: "valid" });
  expect(crc32).not.toBeNull();
  rmSync(join(root(), "second"));
  renameSync(join(root(), "away"), join(root(), "second"));
  await withTenant(folder.tenantId, (db) => db.destination.updateMany({ where: { id: broken }, data: { deletedAt: new Date() } }));
});

test("a person adds a copy, retries one that is gone, and is told where there is nothing to do", async () => {
  const backup = await backUp([folder.destinationId]);
  const asked = await addCopy.execute(folder.owner, { id: backup.id, destinationId: second });
  expect(copyIn(asked, second)).toMatchObject({ status: "missing" });
  await expect(addCopy.execute(folder.owner, { id: backup.id, destinationId: second })).rejects.toMatchObject({ code: "copy-exists" });
  await expect(addCopy.execute(folder.owner, { id: backup.id, destinationId: "dst_none" })).rejects.toMatchObject({
    code: "invalid-input",
  });
  const added = await attempt(backup);
  expect(copyIn(added, second)).toMatchObject({ status: "stored" });
  const input = { id: backup.id, destinationId: second };
  await expect(retryCopy.execute(folder.owner, input)).rejects.toMatchObject({ code: "copy-in-order" });
  await expect(retryCopy.execute(folder.owner, { ...input, destinationId: "dst_none" })).rejects.toMatchObject({ code: "not-found" });
  rmSync(pathOf(added, second));
  await withTenant(folder.tenantId, (db) =>
    db.backupCopy.updateMany({ where: { backupId: backup.id, destinationId: second }, data: { status: "missing", failure: "Gone." } }),
  );
  await retryCopy.execute(folder.owner, input);
  expect(copyIn(await attempt(backup), second)).toMatchObject({ status: "stored", failure: null });
  expect(existsSync(pathOf(added, second))).toBe(true);
});

test("a source that turns out damaged is marked so and raises the alarm; a damaged copy without a good source is left as it is", async () => {
  const backup = await backUp([folder.destinationId]);
  const path = pathOf(backup, folder.destinationId);
  const bytes = readFileSync(path);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  await addCopy.execute(folder.owner, { id: backup.id, destinationId: second });
  const after = await attempt(backup);
  expect(copyIn(after, folder.destinationId)).toMatchObject({ status: "damaged" });
  expect(copyIn(after, second)).toMatchObject({ status: "missing" });
  expect(copyIn(after, second)?.failure).toContain("No good copy could be read");
  expect(after).toMatchObject({ proven: "stored" });
  expect(existsSync(join(root(), "second", copyIn(after, second)?.objectKey ?? ""))).toBe(false);
  await expect(retryCopy.execute(folder.owner, { id: backup.id, destinationId: second })).rejects.toMatchObject({ code: "not-copiable" });
  const alarms = await withTenant(folder.tenantId, (db) =>
    db.auditEvent.count({ where: { action: "backup.verificationFailed", subjectId: backup.id } }),
  );
  expect(alarms).toBe(1);
  // Both are damaged by now: nothing is removed for lack of a good one.
  await withTenant(folder.tenantId, (db) =>
    db.backupCopy.updateMany({ where: { backupId: backup.id, destinationId: folder.destinationId }, data: { nextAttemptAt: new Date() } }),
  );
  await attempt(backup, folder.destinationId);
  expect(readFileSync(path).equals(bytes)).toBe(true);
});

test("old backups stay readable where they lie after the policy moved elsewhere and the destination was deleted", async () => {
  const policy = await createPolicy.execute(folder.owner, {
    name: "Moves",
    systemIds: [folder.systemId],
    destinationIds: [second],
    schedule: { kind: "daily", at: "03:00", timeZone: "UTC" },
    retention: { keepLast: 5 },
  });
  const old = await backUp([second]);
  await updatePolicy.execute(folder.owner, { id: policy.id, destinationIds: [folder.destinationId] });
  const other = await backUp([folder.destinationId]);
  await addCopy.execute(folder.owner, { id: other.id, destinationId: second });
  await deleteDestination.execute(folder.owner, { id: second });
  // What was still to be copied there is not any more.
  expect(copyIn(await get(other.id), second)).toMatchObject({ status: "missing", nextAttemptAt: null });
  const { verification } = await verifyBackup.execute(folder.owner, { id: old.id });
  await verificationJob({ tenantId: folder.tenantId, verificationId: verification?.id ?? "", worker: { identity: "", signal } });
  expect(await get(old.id)).toMatchObject({ verification: { status: "completed", result: { proven: "valid" } } });
  await addCopy.execute(folder.owner, { id: old.id, destinationId: folder.destinationId });
  expect(copyIn(await attempt(old, folder.destinationId), folder.destinationId)).toMatchObject({ status: "stored" });

  const restoreId = newId("restore");
  const waitsUntil = new Date(Date.now() + 60_000);
  const restore = {
    id: restoreId,
    backupId: old.id,
    targetSystemId: folder.systemId,
    status: "planning",
    requestedBy: folder.owner.actor.email,
  };
  await withTenant(folder.tenantId, async (db) => {
    await db.backupCopy.updateMany({ where: { backupId: old.id, destinationId: folder.destinationId }, data: { status: "damaged" } });
    await db.restore.createMany({ data: [{ ...restore, waitsUntil }] });
  });
  const claimed = await claimRestore(folder.tenantId, restoreId, newId("worker"), "planning");
  if (!claimed) throw new Error("not claimed");
  const held = holdRestore(claimed, signal);
  const file = await fetchArchive(claimed, held);
  expect(readFileSync(file.path).equals(readFileSync(pathOf(old, second)))).toBe(true);
  await file.remove();
  held.release();
});
