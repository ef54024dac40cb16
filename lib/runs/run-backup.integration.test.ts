import { generateSigningKey } from "#lib/crypto/signature.ts";
import { createPublicKey, verify } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { addLocalDestination, type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { listOf } from "#lib/archive/archive-fixture.ts";
import { limitsFor } from "#lib/archive/limits.ts";
import { parseDescription } from "#lib/archive/manifest.ts";
import { proveArchive } from "#lib/archive/prove.ts";
import { deleteBackup } from "#lib/backups/delete-backup.ts";
import { getBackup } from "#lib/backups/get-backup.ts";
import { listBackups } from "#lib/backups/list-backups.ts";
import { recoverBackup } from "#lib/backups/recover-backup.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { fileKeyFromHeader } from "#lib/crypto/recipients.ts";
import { hashOf } from "#lib/db/audit.ts";
import { closeClients, type Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { createManagedKey, openManagedIdentity } from "#lib/keys/create-managed-key.ts";
import { makePassphraseKey } from "#lib/keys/make-passphrase-key.ts";
import { createPolicy } from "#lib/policies/create-policy.ts";
import { cancelRun } from "#lib/runs/cancel-run.ts";
import { getOverview } from "#lib/runs/get-overview.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { listRuns } from "#lib/runs/list-runs.ts";
import { retryRun } from "#lib/runs/retry-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import { scheduleChangeRuns } from "#lib/runs/schedule-change-runs.ts";
import type { RunDto } from "#lib/runs/schemas.ts";
import { startPolicyRuns } from "#lib/runs/start-policy-runs.ts";
import { takeSafetyBackup } from "#lib/runs/take-safety-backup.ts";
import { sweep } from "#worker/sweeper.ts";

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;

beforeAll(async () => {
  installation = await createTestInstallation({ HOLDFAST_LEASE_SECONDS: "3", HOLDFAST_HEARTBEAT_SECONDS: "0.2" });
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
});
afterEach(() => {
  delete process.env["HOLDFAST_FAULT_POINT"];
  delete process.env["HOLDFAST_FAULT_HOLD"];
});
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await installation.remove();
});

const worker = () => ({ id: newId("worker"), signal: new AbortController().signal });
const start = (more: object = {}) => startBackup.execute(folder.owner, { systemId: folder.systemId, ...more });
const carryOut = async (run: RunDto) => {
  await runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker: worker() });
  return getRun.execute(folder.owner, { id: run.id });
};

test("a run ends with an archive that was read back and proven, its description, and nothing else", async () => {
  const run = await carryOut(await start());
  expect(run).toMatchObject({ status: "completed", attempt: 1, failure: null, progress: { step: "finish" } });
  const backup = await getBackup.execute(folder.owner, { id: run.backupId });
  expect(backup).toMatchObject({ status: "completed", proven: "valid", entryCount: 3, systemName: "Folder etc" });
  expect(backup.copies).toMatchObject([{ destinationId: folder.destinationId, status: "stored", failure: null }]);
  expect(folder.storedFiles()).toEqual(await folder.catalogued());

  const stored = join(installation.dataDir, "local", folder.tenantId, backup.copies[0]?.objectKey ?? "");
  const proof = await proveArchive(Readable.from([readFileSync(stored)]), {
    fileKey: await fileKeyOf(backup.id),
    limits: limitsFor(backup.sizeBytes, backup.plaintextBytes),
    expected: { sha256: backup.sha256, storedBytes: backup.sizeBytes },
  });
  expect(listOf(proof.index).entries.map((entry) => entry.path)).toEqual(["conf.d", "conf.d/site.conf", "main.conf"]);
});

test("the description says what lies beside it, and is signed", async () => {
  const run = await carryOut(await start());
  const backup = await getBackup.execute(folder.owner, { id: run.backupId });
  const file = join(
    installation.dataDir,
    "local",
    folder.tenantId,
    (backup.copies[0]?.objectKey ?? "").replace(/\.tar\.zst\.age$/, ".json"),
  );
  const { signature, ...signed } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown> & {
    signature: Record<string, string>;
  };
  const description = parseDescription(readFileSync(file, "utf8"));
  expect(description).toMatchObject({
    backupId: backup.id,
    system: { id: folder.systemId, name: "Folder etc", kind: "folder" },
    archive: { sizeBytes: backup.sizeBytes, sha256: backup.sha256, entries: 3 },
  });
  expect(description.number).toBeGreaterThan(0);
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(signature["publicKey"] ?? "", "base64")]);
  const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" });
  expect(verify(null, Buffer.from(hashOf(signed)), publicKey, Buffer.from(signature["value"] ?? "", "base64"))).toBe(true);
});

test("a job for a run that is not waiting does nothing", async () => {
  const run = await carryOut(await start());
  await runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker: worker() });
  await runBackupJob({ tenantId: folder.tenantId, runId: newId("run"), worker: worker() });
  expect(await getRun.execute(folder.owner, { id: run.id })).toEqual(run);
});

test("an archive that comes back damaged fails the run and is not left lying there", async () => {
  const before = folder.storedFiles();
  const run = await start();
  const { ended, release } = await heldAt("after-upload", run);
  const archive = folder.storedFiles().find((file) => !before.includes(file)) ?? "";
  const path = join(installation.dataDir, "local", folder.tenantId, archive);
  const bytes = readFileSync(path);
  bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  release();
  await ended;
  const failed = await getRun.execute(folder.owner, { id: run.id });
  expect(failed).toMatchObject({ status: "failed", backupId: null, failure: { step: "prove" } });
  expect(failed.failure?.message).toContain("“This machine”");
  expect(folder.storedFiles()).toEqual(await folder.catalogued());
  expect(await unfinishedBackups()).toBe(0);
});

test("a system that cannot be reached fails the run with its own sentence, and a retry is a new run", async () => {
  await withTenant(folder.tenantId, async (db) => {
    const { config } = await db.system.findFirstOrThrow({ where: { id: folder.systemId } });
    await db.system.updateMany({ where: { id: folder.systemId }, data: { config: { ...(config as object), path: "/nowhere/at/all" } } });
  });
  const failed = await carryOut(await start());
  expect(failed).toMatchObject({ status: "failed", failure: { step: "prepare" } });
  expect(failed.failure?.message).toContain("/nowhere/at/all");
  await withTenant(folder.tenantId, async (db) => {
    const { config } = await db.system.findFirstOrThrow({ where: { id: folder.systemId } });
    const data = { config: { ...(config as object), path: join(sshd.root, "etc") } };
    await db.system.updateMany({ where: { id: folder.systemId }, data });
  });
  const again = await carryOut(await retryRun.execute(folder.owner, { id: failed.id }));
  expect(again).toMatchObject({ status: "completed", trigger: "person" });
  await expect(retryRun.execute(folder.owner, { id: again.id })).rejects.toMatchObject({ code: "run-not-retriable" });
});

test("a destination that fails makes the run partial; the others keep the backup", async () => {
  const blocked = await addLocalDestination(folder.tenantId, "blocked");
  writeFileSync(join(installation.dataDir, "local", folder.tenantId, "blocked"), "a file where a folder should be");
  const run = await carryOut(await start({ destinationIds: [folder.destinationId, blocked] }));
  expect(run).toMatchObject({ status: "partial", failure: { step: "store" } });
  const backup = await getBackup.execute(folder.owner, { id: run.backupId });
  expect(backup).toMatchObject({ proven: "valid" });
  const statuses = Object.fromEntries(backup.copies.map((copy) => [copy.destinationId, copy.status]));
  expect(statuses[folder.destinationId]).toBe("stored");
  expect(["missing", "deleting"]).toContain(statuses[blocked]);
  await withTenant(folder.tenantId, (db) => db.destination.updateMany({ where: { id: blocked }, data: { deletedAt: new Date() } }));
  rmSync(join(installation.dataDir, "local", folder.tenantId, "blocked"));
});

test("a run under way is cancelled within seconds and leaves nothing", async () => {
  const run = await start();
  const { ended, release } = await heldAt("after-upload", run);
  await cancelRun.execute(folder.owner, { id: run.id });
  await delay(1000);
  release();
  await ended;
  expect(await getRun.execute(folder.owner, { id: run.id })).toMatchObject({ status: "cancelled", backupId: null, failure: null });
  expect(folder.storedFiles()).toEqual(await folder.catalogued());
  expect(await unfinishedBackups()).toBe(0);
  await expect(cancelRun.execute(folder.owner, { id: run.id })).rejects.toMatchObject({ code: "run-ended" });
});

test("a run that waits is cancelled at once", async () => {
  const run = await start();
  expect(await cancelRun.execute(folder.owner, { id: run.id })).toMatchObject({ status: "cancelled" });
  expect(await carryOut(run)).toMatchObject({ status: "cancelled", attempt: 0 });
});

test("a worker that lost its run cannot complete it, and removes what it stored", async () => {
  const run = await start();
  const { ended, release } = await heldAt("before-commit", run);
  await withTenant(folder.tenantId, (db) => db.run.updateMany({ where: { id: run.id }, data: { leaseOwner: "wrk_other", attempt: 2 } }));
  release();
  await ended;
  expect(await getRun.execute(folder.owner, { id: run.id })).toMatchObject({ status: "running", attempt: 2, backupId: null });
  expect(folder.storedFiles()).toEqual(await folder.catalogued());
  await withTenant(folder.tenantId, (db) => db.run.updateMany({ where: { id: run.id }, data: { status: "failed" } }));
});

test("a worker that shuts down gives its run back, and the next one completes it", async () => {
  const run = await start();
  const stopping = new AbortController();
  const { ended, release } = await heldAt("after-upload", run, stopping.signal);
  stopping.abort();
  release();
  await ended;
  expect(await getRun.execute(folder.owner, { id: run.id })).toMatchObject({ status: "queued", attempt: 1, attempts: 4 });
  expect(await carryOut(run)).toMatchObject({ status: "completed", attempt: 2 });
  await sweep(new AbortController().signal);
  expect(folder.storedFiles()).toEqual(await folder.catalogued());
});

test("two runs of one system never overlap: the second says what it waits for", async () => {
  const [first, second] = [await start(), await start()];
  const { ended, release } = await heldAt("after-upload", first);
  expect(await carryOut(second)).toMatchObject({ status: "queued", waitingFor: "Another run of this system is under way.", attempt: 0 });
  release();
  await ended;
  expect(await carryOut(second)).toMatchObject({ status: "completed", waitingFor: null });
});

test("retention deletes what its policy does not keep, and only that", async () => {
  const policy = await createPolicy.execute(folder.owner, {
    name: "Two",
    systemIds: [folder.systemId],
    destinationIds: [folder.destinationId],
    schedule: { kind: "daily", at: "03:00", timeZone: "UTC" },
    retention: { keepLast: 2 },
  });
  const others = (await listBackups.execute(folder.owner, {})).items.length;
  const ids: string[] = [];
  for (let index = 0; index < 4; index++) {
    const { items } = await startPolicyRuns.execute(folder.owner, { id: policy.id });
    const [run] = items;
    if (!run) throw new Error("The policy started no run.");
    ids.push((await carryOut(run)).backupId ?? "");
    if (index === 0)
      await withTenant(folder.tenantId, (db) => db.backup.updateMany({ where: { id: ids[0] ?? "" }, data: { pinned: true } }));
  }
  const kept = (await listBackups.execute(folder.owner, { policyId: policy.id })).items.map((backup) => backup.id);
  expect(kept).toEqual([ids[3], ids[2], ids[0]]);
  expect((await listBackups.execute(folder.owner, {})).items).toHaveLength(others + 3);
  expect(folder.storedFiles()).toEqual(await folder.catalogued());
  await expect(deleteBackup.execute(folder.owner, { id: ids[0] })).rejects.toMatchObject({ code: "backup-pinned" });
});

test("a deleted backup lies in the trash, from which it can be recovered", async () => {
  const run = await carryOut(await start());
  const id = run.backupId ?? "";
  await deleteBackup.execute(folder.owner, { id });
  expect((await listBackups.execute(folder.owner, { status: "trashed" })).items.map((backup) => backup.id)).toEqual([id]);
  expect((await listBackups.execute(folder.owner, {})).items.map((backup) => backup.id)).not.toContain(id);
  expect(folder.storedFiles()).toEqual(await folder.catalogued());
  expect(await recoverBackup.execute(folder.owner, { id })).toMatchObject({ status: "completed", trashedAt: null });
});

test("a safety backup is taken at once, and pinned", async () => {
  const task = { tenantId: folder.tenantId, systemId: folder.systemId, requestedBy: "mem_test", worker: worker() };
  const id = await takeSafetyBackup(task);
  expect(await getBackup.execute(folder.owner, { id })).toMatchObject({ pinned: true, trigger: "safety", proven: "valid" });
});

test("a key's protected identity lies beside the archives before the first of them, once", async () => {
  const key = await makePassphraseKey("seven brown otters dream of copper rain", generateSigningKey().publicKey);
  const keyId = newId("key");
  await replaceKey((db) => db.key.createMany({ data: [{ id: keyId, mode: "passphrase", ...key }] }));
  for (let index = 0; index < 2; index++) expect(await carryOut(await start())).toMatchObject({ status: "completed" });
  const file = `${folder.tenantId}/keys/${keyId}.1.age`;
  expect(folder.storedFiles()).toContain(file);
  expect(readFileSync(join(installation.dataDir, "local", folder.tenantId, file), "utf8")).toBe(key.protectedIdentity);
  expect(folder.storedFiles()).toEqual(await folder.catalogued());
});

test("with mode off the archive is plain, and just as proven", async () => {
  await replaceKey((db) => db.key.createMany({ data: [{ id: newId("key"), mode: "off", fingerprint: "none" }] }));
  const run = await carryOut(await start());
  const backup = await getBackup.execute(folder.owner, { id: run.backupId });
  expect(backup).toMatchObject({ proven: "valid" });
  expect(backup.copies[0]?.objectKey).toMatch(/\.tar\.zst$/);
  await replaceKey(createManagedKey);
});

test("changes close together are one run; a change after it began is another", async () => {
  const other = await createBackedUpFolder(sshd, installation.dataDir, "other");
  await withTenant(other.tenantId, (db) => db.policy.updateMany({ where: {}, data: { onChange: true } }));
  const pending = () =>
    withTenant(other.tenantId, (db) => db.run.findMany({ where: { trigger: "change", status: { in: ["scheduled", "queued"] } } }));
  await withTenant(other.tenantId, (db) => scheduleChangeRuns(db, 0));
  await withTenant(other.tenantId, (db) => scheduleChangeRuns(db, 60));
  const [first, ...more] = await pending();
  expect(more).toEqual([]);
  const begun = { status: "queued", occurrence: `change:${first?.id ?? ""}` };
  await withTenant(other.tenantId, (db) => db.run.updateMany({ where: { id: first?.id ?? "" }, data: begun }));
  await withTenant(other.tenantId, (db) => scheduleChangeRuns(db, 60));
  expect(await pending()).toHaveLength(2);
});

test("the overview and the lists tell of all of it", async () => {
  const overview = await getOverview.execute(folder.owner, {});
  const system = overview.systems.find((each) => each.id === folder.systemId);
  expect(system).toMatchObject({ kind: "folder", onlyOnThisMachine: true, promiseHours: 26 });
  expect(system?.strip).toHaveLength(30);
  expect(system?.strip.at(-1)?.state).toBe("warning");
  expect(overview).toMatchObject({ onlyOnThisMachine: true, leastProven: { proven: "valid" } });
  expect(overview.counts.backups).toBeGreaterThan(5);
  const failed = await listRuns.execute(folder.owner, { status: "failed,partial", systemId: folder.systemId, limit: "2" });
  expect(failed.items).toHaveLength(2);
  expect(failed.nextCursor).not.toBeNull();
});

/** Carries a run out until it reaches the point, and holds it there. */
async function heldAt(point: string, run: RunDto, signal = new AbortController().signal) {
  const hold = join(installation.dataDir, `hold-${run.id}`);
  writeFileSync(hold, "");
  process.env["HOLDFAST_FAULT_POINT"] = point;
  process.env["HOLDFAST_FAULT_HOLD"] = hold;
  const ended = runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker: { id: newId("worker"), signal } });
  while (!existsSync(`${hold}.reached`)) await delay(20);
  delete process.env["HOLDFAST_FAULT_POINT"];
  return { ended, release: () => rmSync(hold) };
}

async function replaceKey(make: (db: Transaction) => Promise<unknown>): Promise<void> {
  await withTenant(folder.tenantId, async (db) => {
    await db.key.updateMany({ where: { retiredAt: null }, data: { retiredAt: new Date() } });
    await make(db);
  });
}

async function unfinishedBackups(): Promise<number> {
  return withTenant(folder.tenantId, (db) => db.backup.count({ where: { status: { in: ["writing", "abandoned", "deleting"] } } }));
}

async function fileKeyOf(backupId: string): Promise<Buffer> {
  return withTenant(folder.tenantId, async (db) => {
    const backup = await db.backup.findFirstOrThrow({ where: { id: backupId }, include: { key: true } });
    return fileKeyFromHeader(Buffer.from(backup.ageHeader ?? []), await openManagedIdentity(db, backup.key));
  });
}
