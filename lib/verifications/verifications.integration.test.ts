import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { addLocalDestination, type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { getBackup } from "#lib/backups/get-backup.ts";
import { readRetainedBackups } from "#lib/backups/decide-retention.ts";
import type { BackupDto } from "#lib/backups/schemas.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { copyJob } from "#lib/copies/run-copy.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { generateSigningKey } from "#lib/crypto/signature.ts";
import { closeClients } from "#lib/db/client.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { makePassphraseKey } from "#lib/keys/make-passphrase-key.ts";
import { getOverview } from "#lib/runs/get-overview.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import { isGood } from "#lib/schedule/retention.ts";
import { tenantSigner } from "#lib/tenants/signing-key.ts";
import { cancelVerification } from "#lib/verifications/cancel-verification.ts";
import { verificationJob } from "#lib/verifications/run-verification.ts";
import { verifyBackup } from "#lib/verifications/verify-backup.ts";
import { findUpkeep } from "#worker/find-upkeep.ts";

const PASSPHRASE = "seven brown otters dream of copper rain";

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
let second: string;
const identity = generateIdentity();

beforeAll(async () => {
  installation = await createTestInstallation({
    HOLDFAST_LEASE_SECONDS: "3",
    HOLDFAST_HEARTBEAT_SECONDS: "0.2",
    HOLDFAST_COPY_RETRY_SECONDS: "0.1",
  });
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  second = await addLocalDestination(folder.tenantId, "second");
  mkdirSync(join(root(), "second"), { recursive: true });
});
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await installation.remove();
});

const root = () => join(installation.dataDir, "local", folder.tenantId);
const signal = new AbortController().signal;

async function backUp(destinationIds = [folder.destinationId]): Promise<BackupDto> {
  const run = await startBackup.execute(folder.owner, { systemId: folder.systemId, destinationIds });
  await runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker: { id: newId("worker"), signal } });
  const ended = await getRun.execute(folder.owner, { id: run.id });
  expect(ended).toMatchObject({ status: "completed" });
  return get(ended.backupId ?? "");
}

const get = (id: string) => getBackup.execute(folder.owner, { id });

/** Asks for a verification and carries it out as a worker would. */
async function verify(id: string, more: object = {}): Promise<BackupDto> {
  const { verification } = await verifyBackup.execute(folder.owner, { id, ...more });
  expect(verification).toMatchObject({ status: "queued", trigger: "person" });
  await carryOut(verification?.id ?? "");
  return get(id);
}

const carryOut = (verificationId: string) =>
  verificationJob({ tenantId: folder.tenantId, verificationId, worker: { identity: identity.identity, signal } });

/** Does every copy that is due, as workers would; answers how many bells rang. */
async function mend(): Promise<number> {
  const bells = await acrossTenants("scheduler", findUpkeep);
  const copies = bells.filter((bell) => bell.name === "copy");
  for (const { payload } of copies)
    await copyJob({ ...(payload as { tenantId: string; backupId: string; destinationId: string }), worker: { signal } });
  return copies.length;
}

const pathOf = (backup: BackupDto, destinationId = folder.destinationId, ending?: string) => {
  const key = backup.copies.find((copy) => copy.destinationId === destinationId)?.objectKey ?? "";
  const name = ending === undefined ? key : key.replace(/\.tar\.zst(\.age)?$/, ending);
  return join(root(), destinationId === second ? "second" : "", name);
};

function flipByte(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 30] = (bytes[bytes.length - 30] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

const statusesOf = (backup: BackupDto) => Object.fromEntries(backup.copies.map((copy) => [copy.destinationId, copy.status]));

async function alarms(id: string): Promise<number> {
  return withTenant(folder.tenantId, (db) => db.auditEvent.count({ where: { action: "backup.verificationFailed", subjectId: id } }));
}

async function systemState(): Promise<string | undefined> {
  const overview = await getOverview.execute(folder.owner, {});
  return overview.systems.find((each) => each.id === folder.systemId)?.state;
}

const countsAsGood = async (id: string) => {
  const backups = await withTenant(folder.tenantId, (db) => readRetainedBackups(db, { id }));
  return backups.map(isGood);
};

test("a backup in order is proven anew, with all that its managed key opens", async () => {
  const backup = await backUp([folder.destinationId, second]);
  expect(backup.copies.every((copy) => copy.checkedAt === copy.verifiedAt && copy.verifiedAt !== null)).toBe(true);
  const crc = await withTenant(folder.tenantId, (db) => db.backup.findUniqueOrThrow({ where: { id: backup.id }, select: { crc32: true } }));
  expect(Number(crc.crc32)).toBe(crc32(readFileSync(pathOf(backup))));
  await withTenant(folder.tenantId, (db) => db.backup.updateMany({ where: { id: backup.id }, data: { proven: "stored" } }));
  const verified = await verify(backup.id);
  expect(verified).toMatchObject({ proven: "valid", verificationFailure: null });
  expect(verified.verification).toMatchObject({
    status: "completed",
    withKey: true,
    failure: null,
    result: { proven: "valid", opened: true, unsound: null, copies: [{ outcome: "good" }, { outcome: "good" }] },
  });
  expect(Date.parse(verified.verifiedAt ?? "")).toBeGreaterThan(Date.parse(backup.verifiedAt ?? ""));
  expect(await alarms(backup.id)).toBe(0);
});

test("one flipped byte: damaged, an alarm, no good backup any more; and it is so only for as long as it is so", async () => {
  const backup = await backUp();
  expect(await countsAsGood(backup.id)).toEqual([true]);
  flipByte(pathOf(backup));
  const verified = await verify(backup.id);
  expect(verified).toMatchObject({ proven: "stored", verification: { status: "failed", result: { proven: "stored" } } });
  expect(verified.copies[0]).toMatchObject({ status: "damaged", nextAttemptAt: null });
  expect(verified.verificationFailure).toContain("SHA-256 is not the recorded one");
  expect(verified.verifiedAt).toBe(backup.verifiedAt);
  expect(await alarms(backup.id)).toBe(1);
  expect(await systemState()).toBe("attention");
  expect(await countsAsGood(backup.id)).toEqual([false]);
  expect(await mend()).toBe(0);
  flipByte(pathOf(backup));
  expect(await verify(backup.id)).toMatchObject({
    proven: "valid",
    verificationFailure: null,
    copies: [{ status: "stored", failure: null }],
  });
  expect(await systemState()).not.toBe("attention");
});

test("a damaged copy is made anew from the good one, and proof and alarm are told apart", async () => {
  const backup = await backUp([folder.destinationId, second]);
  const original = readFileSync(pathOf(backup));
  flipByte(pathOf(backup));
  const verified = await verify(backup.id);
  expect(verified).toMatchObject({ proven: "valid", verification: { status: "failed" } });
  expect(statusesOf(verified)).toEqual({ [folder.destinationId]: "damaged", [second]: "stored" });
  expect(await alarms(backup.id)).toBe(1);
  expect(await countsAsGood(backup.id)).toEqual([true]);
  expect(await systemState()).toBe("attention");
  expect(await mend()).toBe(1);
  const mended = await get(backup.id);
  expect(mended).toMatchObject({
    proven: "valid",
    verificationFailure: null,
    copies: [{ status: "stored", failure: null }, { status: "stored" }],
  });
  expect(readFileSync(pathOf(backup)).equals(original)).toBe(true);
  expect(await systemState()).not.toBe("attention");
  expect(await verify(backup.id)).toMatchObject({ verification: { status: "completed" } });
});

test("a deleted archive is missing, and comes back from the other copy", async () => {
  const backup = await backUp([folder.destinationId, second]);
  rmSync(pathOf(backup, second));
  const verified = await verify(backup.id);
  expect(statusesOf(verified)).toEqual({ [folder.destinationId]: "stored", [second]: "missing" });
  expect(await mend()).toBe(1);
  expect(statusesOf(await get(backup.id))).toEqual({ [folder.destinationId]: "stored", [second]: "stored" });
  expect(existsSync(pathOf(backup, second))).toBe(true);
});

test("swapped archives are named as swapped", async () => {
  const [one, two] = [await backUp(), await backUp()];
  const aside = join(installation.dataDir, "aside");
  renameSync(pathOf(one), aside);
  renameSync(pathOf(two), pathOf(one));
  renameSync(aside, pathOf(two));
  const verified = await verify(one.id);
  expect(verified.copies[0]).toMatchObject({ status: "damaged" });
  expect(verified.verificationFailure).toContain("was swapped: in its place lies that of the backup of “Folder etc”");
});

test("a description that was swapped, changed or removed is named, is no damage to the archive, and is written anew", async () => {
  const [one, two] = [await backUp(), await backUp()];
  const [path, other] = [pathOf(one, folder.destinationId, ".json"), pathOf(two, folder.destinationId, ".json")];
  const original = readFileSync(path, "utf8");
  const cases: [() => void, string][] = [
    [() => cpSync(other, path), "was swapped: it is that of another backup"],
    [() => writeFileSync(path, original.replace("Folder etc", "Folder ect")), "its signature does not hold"],
    [() => writeFileSync(path, "{"), "cannot be read"],
    [() => rmSync(path), "is missing"],
  ];
  for (const [damage, sentence] of cases) {
    damage();
    const verified = await verify(one.id);
    expect(verified).toMatchObject({ proven: "valid", verification: { status: "failed", result: { proven: "valid" } } });
    expect(verified.copies[0]).toMatchObject({ status: "stored" });
    expect(verified.verificationFailure).toContain(sentence);
    expect(await mend()).toBe(1);
    expect(readFileSync(path, "utf8")).toBe(original);
    expect(await get(one.id)).toMatchObject({ verificationFailure: null, copies: [{ status: "stored", failure: null }] });
  }
  expect(await alarms(one.id)).toBe(cases.length);
});

test("an unreachable destination is no damage: it could not be verified, and says so", async () => {
  const backup = await backUp([folder.destinationId, second]);
  renameSync(join(root(), "second"), join(root(), "away"));
  const verified = await verify(backup.id);
  expect(statusesOf(verified)).toEqual({ [folder.destinationId]: "stored", [second]: "stored" });
  const away = verified.copies.find((copy) => copy.destinationId === second);
  expect(away?.failure).toContain("could not be verified");
  expect(away?.verifiedAt).toBe(backup.copies.find((copy) => copy.destinationId === second)?.verifiedAt);
  expect(Date.parse(away?.checkedAt ?? "")).toBeGreaterThan(Date.parse(away?.verifiedAt ?? ""));
  expect(verified).toMatchObject({ proven: "valid", verificationFailure: null, verification: { status: "failed" } });
  expect(verified.verification?.failure?.mend).toContain("Nothing is known to be damaged");
  expect(await alarms(backup.id)).toBe(0);
  renameSync(join(root(), "away"), join(root(), "second"));
  expect(await verify(backup.id)).toMatchObject({ verification: { status: "completed" }, copies: [{}, { failure: null }] });
  renameSync(join(root(), "second"), join(root(), "away"));
  writeFileSync(join(root(), "second"), "no folder any more");
  expect(statusesOf(await verify(backup.id))).toEqual({ [folder.destinationId]: "stored", [second]: "stored" });
  rmSync(join(root(), "second"));
  renameSync(join(root(), "away"), join(root(), "second"));
});

test("one copy alone, one verification at a time, and a cancelled one changes nothing", async () => {
  const backup = await backUp([folder.destinationId, second]);
  flipByte(pathOf(backup, second));
  const verified = await verify(backup.id, { destinationId: folder.destinationId });
  expect(verified.verification).toMatchObject({ status: "completed", result: { copies: [{ destinationId: folder.destinationId }] } });
  await verifyBackup.execute(folder.owner, { id: backup.id });
  await expect(verifyBackup.execute(folder.owner, { id: backup.id })).rejects.toMatchObject({ code: "verification-under-way" });
  const cancelled = await cancelVerification.execute(folder.owner, { id: backup.id });
  expect(cancelled.verification).toMatchObject({ status: "cancelled" });
  await carryOut(cancelled.verification?.id ?? "");
  expect(await get(backup.id)).toEqual(cancelled);
  await expect(cancelVerification.execute(folder.owner, { id: backup.id })).rejects.toMatchObject({ code: "not-verifying" });
  await expect(verifyBackup.execute(folder.owner, { id: backup.id, destinationId: "dst_none" })).rejects.toMatchObject({
    code: "invalid-input",
  });
});

test("a passphrase goes as far as decrypting; a wrong one is refused at once; without it the bytes are compared, and the key file", async () => {
  await withTenant(folder.tenantId, async (db) => {
    const key = await makePassphraseKey(PASSPHRASE, (await tenantSigner(db)).publicKey);
    await db.key.updateMany({ where: { retiredAt: null }, data: { retiredAt: new Date() } });
    await db.key.createMany({ data: [{ id: newId("key"), mode: "passphrase", ...key }] });
  });
  const alive = { id: newId("worker"), recipient: identity.recipient };
  await acrossTenants("scheduler", (db) => db.worker.createMany({ data: [alive] }));
  const sayAlive = () => acrossTenants("scheduler", (db) => db.$executeRaw`UPDATE workers SET heartbeat_at = clock_timestamp()`);
  const beat = setInterval(() => void sayAlive().catch(() => undefined), 200);
  onTestFinished(() => clearInterval(beat));
  const backup = await backUp();
  await expect(verifyBackup.execute(folder.owner, { id: backup.id, passphrase: "no" })).rejects.toMatchObject({ code: "wrong-passphrase" });
  expect((await get(backup.id)).verification).toBeNull();
  const opened = await verify(backup.id, { passphrase: PASSPHRASE });
  expect(opened.verification).toMatchObject({ status: "completed", withKey: true, result: { proven: "valid", opened: true, note: null } });
  const compared = await verify(backup.id);
  expect(compared).toMatchObject({ proven: "valid", verification: { withKey: false, result: { proven: "intact", opened: false } } });

  const waited = await verifyBackup.execute(folder.owner, { id: backup.id, passphrase: PASSPHRASE });
  await withTenant(folder.tenantId, (db) => db.fileKeyGrant.deleteMany({ where: { subjectId: waited.verification?.id ?? "" } }));
  await carryOut(waited.verification?.id ?? "");
  const withoutKey = await get(backup.id);
  expect(withoutKey.verification).toMatchObject({ status: "completed", result: { proven: "intact", opened: false } });
  expect(withoutKey.verification?.result?.note).toContain("Verify it once more with the passphrase");

  const keyFile = join(root(), folder.tenantId, "keys", `${backup.keyId}.1.age`);
  const original = readFileSync(keyFile, "utf8");
  const swapped = await makePassphraseKey(PASSPHRASE, generateSigningKey().publicKey);
  writeFileSync(keyFile, swapped.protectedIdentity);
  const found = await verify(backup.id);
  expect(found).toMatchObject({ proven: "valid", copies: [{ status: "stored", nextAttemptAt: null }] });
  expect(found.verificationFailure).toContain("key file beside the archives was changed or swapped");
  rmSync(keyFile);
  expect((await verify(backup.id)).verificationFailure).toContain("key file beside the archives is missing");
  expect(await mend()).toBe(1);
  expect(readFileSync(keyFile, "utf8")).toBe(original);
  expect(await get(backup.id)).toMatchObject({ verificationFailure: null });
});
