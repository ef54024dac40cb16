import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { type FaultProxy, startFaultProxy } from "#e2e/servers/fault-proxy.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { getBackup } from "#lib/backups/get-backup.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createDestination } from "#lib/destinations/create-destination.ts";
import { forgetEnv } from "#lib/env.ts";
import type { ActiveWorker } from "#lib/queue/jobs.ts";
import { cancelRestore } from "#lib/restores/cancel-restore.ts";
import { executeRestore } from "#lib/restores/execute-restore.ts";
import { getRestore } from "#lib/restores/get-restore.ts";
import { planRestore } from "#lib/restores/plan-restore.ts";
import { executeRestoreJob, planRestoreJob } from "#lib/restores/run-restore.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import { TEST_PASSWORD } from "#lib/tenants/tenant-fixture.ts";
import { cancelVerification } from "#lib/verifications/cancel-verification.ts";
import { verificationJob } from "#lib/verifications/run-verification.ts";
import { verifyBackup } from "#lib/verifications/verify-backup.ts";
import { type Registration, registerWorker } from "#worker/registration.ts";

// Servers that take connections and then say nothing, and a patience of the connectors that is longer than these tests may last.
const LONGEST_MS = 50_000;
const PATIENCE = { HOLDFAST_CONNECT_TIMEOUT_SECONDS: "100", HOLDFAST_IDLE_TIMEOUT_SECONDS: "100" };

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
/** Before the system, and before the destination. */
let proxies: Record<"system" | "destination", FaultProxy>;
let registration: Registration;
let worker: ActiveWorker;
let backupId: string;
let holds = 0;

beforeAll(async () => {
  installation = await createTestInstallation({ ...PATIENCE, HOLDFAST_LEASE_SECONDS: "20", HOLDFAST_HEARTBEAT_SECONDS: "0.2" });
  sshd = await startSshd();
  const [system, destination] = [await startFaultProxy(sshd), await startFaultProxy(sshd)];
  proxies = { system, destination };
  folder = await createBackedUpFolder({ ...sshd, port: system.port }, installation.dataDir);
  mkdirSync(join(sshd.root, "store"));
  const { host, user, privateKey } = sshd;
  const hostKey = `ssh-ed25519 ${sshd.hostKeyFingerprint}`;
  const config = { host, port: destination.port, user, privateKey, hostKey, path: join(sshd.root, "store") };
  const remote = await createDestination.execute(folder.owner, { name: "Remote", kind: "sftp", config });
  registration = await registerWorker();
  const { signal } = new AbortController();
  worker = { id: registration.id, identity: registration.identity, signal, lastSignal: signal };
  const run = await startBackup.execute(folder.owner, { systemId: folder.systemId, destinationIds: [remote.id] });
  await runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker });
  backupId = (await getRun.execute(folder.owner, { id: run.id })).backupId ?? "";
});
beforeEach(() => writeFileSync(live(), "listen 8080\n"));
afterEach(() => {
  for (const proxy of Object.values(proxies)) proxy.resume();
  for (const name of ["HOLDFAST_FAULT_POINT", "HOLDFAST_FAULT_HOLD", "HOLDFAST_STILL_SECONDS", "HOLDFAST_RESTORE_STILL_SECONDS"]) {
    Reflect.deleteProperty(process.env, name);
  }
  forgetEnv();
});
afterAll(async () => {
  await registration.end();
  await closeClients();
  await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
  await sshd.stop();
  await installation.remove();
});

const live = () => join(sshd.root, "etc", "main.conf");
const read = (id: string) => getRestore.execute(folder.owner, { id });
const jobOf = (restoreId: string) => ({ tenantId: folder.tenantId, restoreId, worker });
const request = async () => (await planRestore.execute(folder.owner, { backupId, targetSystemId: folder.systemId })).id;

/** A restore that was planned and confirmed, and that no worker has begun. */
async function approved(): Promise<string> {
  const id = await request();
  await planRestoreJob(jobOf(id));
  await executeRestore.execute(folder.owner, { id, planHash: (await read(id)).plan?.hash, password: TEST_PASSWORD });
  return id;
}

/** Carries a restore out that hangs: with a server that is silent from the beginning, or from the moment when the work comes to `point`. */
async function hangingRestore(id: string, server: FaultProxy, { point, doing }: { point: string | null; doing: string }) {
  const hold = join(installation.dataDir, `hold-${holds++}`);
  if (point === null) server.stall();
  else {
    writeFileSync(hold, "");
    Object.assign(process.env, { HOLDFAST_FAULT_POINT: point, HOLDFAST_FAULT_HOLD: hold });
  }
  const ended = (await read(id)).status === "planning" ? planRestoreJob(jobOf(id)) : executeRestoreJob(jobOf(id));
  if (point !== null) {
    while (!existsSync(`${hold}.reached`)) await delay(20);
    server.stall();
    rmSync(hold);
  }
  while (!(await read(id)).progress?.startsWith(doing)) await delay(20);
  return { ended };
}

function setLimits(limits: Record<string, string>): void {
  Object.assign(process.env, limits);
  forgetEnv();
}

test(
  "a restore whose plan hangs while the archive is fetched is cancelled at once, and its worker is free within seconds",
  async () => {
    const id = await request();
    const { ended } = await hangingRestore(id, proxies.destination, { point: null, doing: "Fetching" });
    expect(await cancelRestore.execute(folder.owner, { id })).toMatchObject({ status: "cancelled" });
    await ended;
    expect(await read(id)).toMatchObject({ status: "cancelled", plan: null, failure: null });
  },
  LONGEST_MS,
);

test.each([
  ["the archive is fetched", "destination", { point: null, doing: "Fetching" }],
  ["the system is compared", "system", { point: null, doing: "Comparing" }],
  ["the safety backup is taken", "system", { point: "after-rows", doing: "Backing up" }],
] as const)(
  "a restore that hangs while %s is cancelled within seconds, and changes nothing",
  async (_what, server, where) => {
    const id = await approved();
    const { ended } = await hangingRestore(id, proxies[server], where);
    expect(await cancelRestore.execute(folder.owner, { id })).toMatchObject({ status: "running" });
    await ended;
    expect(await read(id)).toMatchObject({ status: "cancelled", safetyBackupId: null });
    expect(readFileSync(live(), "utf8")).toBe("listen 8080\n");
    expect(await unendedRuns()).toEqual([]);
    const failures = { type: { in: ["restore.failed", "run.failed"] } };
    expect(await withTenant(folder.tenantId, (db) => db.event.count({ where: failures }))).toBe(0);
  },
  LONGEST_MS,
);

test.each([
  ["fetch", "destination", { point: null, doing: "Fetching" }, "Nothing moved for 2 seconds while the archive was fetched"],
  ["safety backup", "system", { point: "after-rows", doing: "Backing up" }, "Nothing moved for 2 seconds while the system was captured"],
  ["restore", "system", { point: "after-restore-mark", doing: "Restoring" }, "Nothing moved for 2 seconds while the system was changed"],
] as const)(
  "hanging in its step “%s”, a restore fails with a sentence that says so, and what to do",
  async (step, server, where, sentence) => {
    const id = await approved();
    setLimits({ HOLDFAST_STILL_SECONDS: "2", HOLDFAST_RESTORE_STILL_SECONDS: "2" });
    const { ended } = await hangingRestore(id, proxies[server], where);
    await ended;
    const failed = await read(id);
    expect(failed).toMatchObject({ status: "failed", failure: { step, mend: expect.stringMatching(/Validate|Mend|Look at/) as string } });
    expect(failed.failure?.message).toContain(sentence);
    expect(failed.safetyBackupId === null).toBe(step !== "restore");
    expect(await unendedRuns()).toEqual([]);
  },
  LONGEST_MS,
);

test(
  "a verification that hangs is cancelled within seconds, and what was known before stays",
  async () => {
    const before = await getBackup.execute(folder.owner, { id: backupId });
    const { ended } = await hangingVerification();
    await cancelVerification.execute(folder.owner, { id: backupId });
    await ended;
    const after = await getBackup.execute(folder.owner, { id: backupId });
    expect(after).toMatchObject({ proven: before.proven, verifiedAt: before.verifiedAt, verificationFailure: null });
    expect(after.verification).toMatchObject({ status: "cancelled", failure: null });
  },
  LONGEST_MS,
);

test(
  "a verification whose destination stands still ends, says so, and takes nothing for damaged",
  async () => {
    setLimits({ HOLDFAST_STILL_SECONDS: "2" });
    const { ended } = await hangingVerification();
    await ended;
    const { verification, copies } = await getBackup.execute(folder.owner, { id: backupId });
    expect(verification).toMatchObject({ status: "failed", result: { copies: [{ outcome: "unreachable" }] } });
    expect(verification?.failure?.message).toContain("Nothing moved for 2 seconds while the copy was read, so it was stopped.");
    expect(copies).toMatchObject([{ status: "stored" }]);
  },
  LONGEST_MS,
);

/** Verifies the backup, and its destination falls silent on the way. */
async function hangingVerification() {
  const { verification } = await verifyBackup.execute(folder.owner, { id: backupId });
  proxies.destination.stallAfterBytes("down", 6000);
  const ended = verificationJob({ tenantId: folder.tenantId, verificationId: verification?.id ?? "", worker });
  while ((await getBackup.execute(folder.owner, { id: backupId })).verification?.status !== "running") await delay(20);
  return { ended };
}

/** Safety backups that nobody would end any more. */
async function unendedRuns(): Promise<unknown[]> {
  const where = { status: { in: ["queued", "running"] } };
  return withTenant(folder.tenantId, (db) => db.run.findMany({ where, select: { id: true, status: true } }));
}
