import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addLocalDestination, type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { openDownload } from "#lib/backups/downloads/open-download.ts";
import { startDownload } from "#lib/backups/downloads/start-download.ts";
import { getBackup } from "#lib/backups/get-backup.ts";
import type { BackupDto } from "#lib/backups/schemas.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { claimCopy } from "#lib/copies/claim-copy.ts";
import { finishCopy } from "#lib/copies/finish-copy.ts";
import { recordBadCopies } from "#lib/copies/record-bad-copies.ts";
import { copyJob } from "#lib/copies/run-copy.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { deleteDestination } from "#lib/destinations/delete-destination.ts";
import { openExport } from "#lib/exports/open-export.ts";
import { newId } from "#lib/ids.ts";
import { claimRestore } from "#lib/restores/claim-restore.ts";
import { fetchArchive } from "#lib/restores/fetch-archive.ts";
import { holdRestore } from "#lib/restores/hold-restore.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import { TEST_PASSWORD } from "#lib/tenants/tenant-fixture.ts";
import { findUpkeep } from "#worker/find-upkeep.ts";

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
let second: string;

beforeAll(async () => {
  installation = await createTestInstallation({ HOLDFAST_COPY_RETRY_SECONDS: "0.1" });
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

async function backUp(destinationIds = [folder.destinationId, second]): Promise<BackupDto> {
  const run = await startBackup.execute(folder.owner, { systemId: folder.systemId, destinationIds });
  await runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker: { id: newId("worker"), signal } });
  return get((await getRun.execute(folder.owner, { id: run.id })).backupId ?? "");
}

function flipByte(path: string): void {
  const bytes = readFileSync(path);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

async function alarmsOf(backupId: string): Promise<unknown[]> {
  const events = await withTenant(folder.tenantId, (db) =>
    db.auditEvent.findMany({ where: { action: "backup.verificationFailed", subjectId: backupId } }),
  );
  return events.map((event) => event.detail);
}

const bring = (backup: BackupDto, destinationId: string) =>
  copyJob({ tenantId: folder.tenantId, backupId: backup.id, destinationId, worker: { signal } });

/** Fetches the archive as a restore does. */
async function fetchForRestore(backup: BackupDto): Promise<void> {
  const id = newId("restore");
  const row = { id, backupId: backup.id, targetSystemId: folder.systemId, status: "planning", requestedBy: folder.owner.actor.email };
  await withTenant(folder.tenantId, (db) => db.restore.createMany({ data: [{ ...row, waitsUntil: new Date(Date.now() + 60_000) }] }));
  const claimed = await claimRestore(folder.tenantId, id, newId("worker"), "planning");
  if (!claimed) throw new Error("not claimed");
  const held = holdRestore(claimed, signal);
  try {
    await (await fetchArchive(claimed, held)).remove();
  } finally {
    held.release();
    await withTenant(folder.tenantId, (db) => db.restore.updateMany({ where: { id }, data: { status: "failed", leaseOwner: null } }));
  }
}

async function download(backup: BackupDto): Promise<void> {
  const { url } = await startDownload.execute(folder.owner, { id: backup.id, password: TEST_PASSWORD });
  const { stream } = await openDownload({ context: folder.owner, token: url.split("/").at(-1) ?? "", signal });
  await finished(stream.resume());
}

async function exportAll(): Promise<void> {
  const { stream } = await openExport({ context: folder.owner, systemId: folder.systemId, signal });
  await finished(stream.resume());
}

test.each([
  ["damaged", "restore", flipByte, fetchForRestore],
  ["missing", "restore", (path: string) => rmSync(path), fetchForRestore],
  ["damaged", "download", flipByte, download],
  ["missing", "download", (path: string) => rmSync(path), download],
  ["damaged", "export", flipByte, exportAll],
  ["missing", "export", (path: string) => rmSync(path), exportAll],
] as const)("a copy found %s at a %s raises the alarm and comes back from the other copy", async (status, _purpose, harm, read) => {
  const backup = await backUp();
  // Whichever is read first.
  const paths = [folder.destinationId, second].map((id) => pathOf(backup, id));
  const whole = readFileSync(paths[0] ?? "");
  await withTenant(folder.tenantId, (db) =>
    db.backupCopy.updateMany({ where: { backupId: backup.id, destinationId: second }, data: { verifiedAt: new Date(0) } }),
  );
  harm(paths[0] ?? "");
  // What was given out in part of a damaged one ends with an error; a restore takes the other copy.
  await read(backup).catch((error: unknown) => expect(error).toMatchObject({ code: "not-the-recorded-archive" }));
  const seen = await get(backup.id);
  expect(copyIn(seen, folder.destinationId)).toMatchObject({ status });
  expect(copyIn(seen, folder.destinationId)?.nextAttemptAt).not.toBeNull();
  expect(seen.verificationFailure).not.toBeNull();
  expect(await alarmsOf(backup.id)).toHaveLength(1);
  await bring(backup, folder.destinationId);
  expect(copyIn(await get(backup.id), folder.destinationId)).toMatchObject({ status: "stored", failure: null });
  expect(await get(backup.id)).toMatchObject({ verificationFailure: null, proven: "valid" });
  expect(readFileSync(paths[0] ?? "").equals(whole)).toBe(true);
});

test("the only copy, found damaged at a restore, proves nothing any more", async () => {
  const backup = await backUp([folder.destinationId]);
  expect(backup).toMatchObject({ proven: "valid" });
  flipByte(pathOf(backup, folder.destinationId));
  await expect(fetchForRestore(backup)).rejects.toMatchObject({ code: "no-good-copy" });
  expect(await get(backup.id)).toMatchObject({ proven: "stored", copies: [{ status: "damaged" }] });
  await withTenant(folder.tenantId, (db) => db.backup.updateMany({ where: { id: backup.id }, data: { status: "deleted" } }));
});

test("a disk that is not mounted makes nothing missing at a restore", async () => {
  const backup = await backUp();
  const place = join(root(), "second");
  rmSync(place, { recursive: true });
  mkdirSync(place);
  await withTenant(folder.tenantId, (db) =>
    db.backupCopy.updateMany({ where: { backupId: backup.id, destinationId: folder.destinationId }, data: { status: "damaged" } }),
  );
  await expect(fetchForRestore(backup)).rejects.toThrow("Make sure that the disk is mounted");
  expect(copyIn(await get(backup.id), second)).toMatchObject({ status: "stored" });
  expect(await alarmsOf(backup.id)).toEqual([]);
});

/** So many copies of one backup that should be made in destinations which were deleted. */
async function addDeadCopies(backup: BackupDto, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId("destination"));
  const due = { status: "failed", failure: "Full.", attempts: 1, nextAttemptAt: new Date(Date.now() - 3_600_000) };
  await withTenant(folder.tenantId, async (db) => {
    const kind = { kind: "local", config: { path: "gone" }, deletedAt: new Date() };
    await db.destination.createMany({ data: ids.map((id) => ({ id, name: id, ...kind })) });
    await db.backupCopy.createMany({
      data: ids.map((destinationId) => ({ backupId: backup.id, destinationId, objectKey: "k", descriptionKey: "d", ...due })),
    });
  });
  return ids;
}

async function bells(): Promise<{ backupId: string; destinationId: string; tenantId: string }[]> {
  const found = await acrossTenants("scheduler", findUpkeep);
  return found.flatMap(({ payload }) => ("destinationId" in payload ? [payload] : []));
}

test("over 200 dead copies of deleted destinations hold no other tenant up, and ring once", async () => {
  const dead = await addDeadCopies(await backUp([folder.destinationId]), 250);
  const other = await createBackedUpFolder(sshd, installation.dataDir, "other");
  const run = await startBackup.execute(other.owner, { systemId: other.systemId, destinationIds: [other.destinationId] });
  await runBackupJob({ tenantId: other.tenantId, runId: run.id, worker: { id: newId("worker"), signal } });
  await withTenant(other.tenantId, (db) => db.backupCopy.updateMany({ data: { status: "missing", nextAttemptAt: new Date() } }));
  expect(await bells()).toContainEqual(expect.objectContaining({ tenantId: other.tenantId }));
  let rung = 0;
  for (;;) {
    const now = (await bells()).filter(({ destinationId }) => dead.includes(destinationId));
    if (now.length === 0) break;
    rung += now.length;
    for (const payload of now) await copyJob({ ...payload, worker: { signal } });
  }
  expect(rung).toBe(dead.length);
});

test("deleting a destination ends what was to be copied there, and nothing that is seen later begins it again", async () => {
  const third = await addLocalDestination(folder.tenantId, "third");
  const backup = await backUp([folder.destinationId, third]);
  const where = { backupId: backup.id, destinationId: third };
  await withTenant(folder.tenantId, (db) => db.backupCopy.updateMany({ where, data: { status: "missing", nextAttemptAt: new Date() } }));
  await deleteDestination.execute(folder.owner, { id: third });
  expect(copyIn(await get(backup.id), third)).toMatchObject({ status: "missing", nextAttemptAt: null });
  await withTenant(folder.tenantId, (db) => db.backupCopy.updateMany({ where, data: { status: "stored" } }));
  const bad = [{ destinationId: third, status: "stored", failure: "The description is missing.", mendable: true } as const];
  await withTenant(folder.tenantId, (db) => recordBadCopies(db, { tenantId: folder.tenantId, backupId: backup.id, bad }));
  expect(copyIn(await get(backup.id), third)).toMatchObject({
    status: "stored",
    failure: "The description is missing.",
    nextAttemptAt: null,
  });
});

test("an archive that turns out damaged while its description is mended is not called good at the end of that", async () => {
  const backup = await backUp([folder.destinationId]);
  const where = { backupId: backup.id };
  const { tenantId, destinationId } = folder;
  const beside = { status: "stored", failure: "The description is missing.", nextAttemptAt: new Date() };
  await withTenant(tenantId, (db) => db.backupCopy.updateMany({ where, data: beside }));
  const copy = await claimCopy(tenantId, backup.id, destinationId);
  if (!copy) throw new Error("not claimed");
  const bad = [{ destinationId, status: "damaged", failure: "Damaged.", mendable: true } as const];
  await withTenant(tenantId, (db) => recordBadCopies(db, { tenantId, backupId: backup.id, bad }));
  expect(await get(backup.id)).toMatchObject({ proven: "stored", copies: [{ status: "damaged", isCopying: false }] });
  await expect(finishCopy({ copy, signal, hasTouched: false, movedBytes: 0 }, null)).rejects.toMatchObject({ reason: "lost" });
  expect(await get(backup.id)).toMatchObject({ proven: "stored", copies: [{ status: "damaged", failure: "Damaged." }] });
});

test("a copy that is just being made anew raises no alarm for what it was before", async () => {
  const backup = await backUp();
  const { tenantId } = folder;
  const where = { backupId: backup.id, destinationId: second };
  await withTenant(tenantId, (db) => db.backupCopy.updateMany({ where, data: { status: "damaged", nextAttemptAt: new Date() } }));
  expect(await claimCopy(tenantId, backup.id, second)).not.toBeNull();
  const bad = [{ destinationId: second, status: "damaged", failure: "Damaged.", mendable: true } as const];
  await withTenant(tenantId, (db) => recordBadCopies(db, { tenantId, backupId: backup.id, bad }));
  expect(copyIn(await get(backup.id), second)).toMatchObject({ isCopying: true });
  expect(await alarmsOf(backup.id)).toEqual([]);
});

test("mending only what lies beside an archive proves nothing of the archive", async () => {
  const backup = await backUp([folder.destinationId]);
  const longAgo = new Date(0);
  await withTenant(folder.tenantId, async (db) => {
    const data = { failure: "The description is missing.", verifiedAt: longAgo, checkedAt: longAgo, nextAttemptAt: new Date() };
    await db.backupCopy.updateMany({ where: { backupId: backup.id }, data });
    await db.backup.updateMany({ where: { id: backup.id }, data: { proven: "intact", verificationFailure: "Something." } });
  });
  await bring(backup, folder.destinationId);
  expect(await get(backup.id)).toMatchObject({
    proven: "intact",
    verificationFailure: null,
    copies: [{ status: "stored", failure: null, verifiedAt: longAgo.toISOString() }],
  });
});
