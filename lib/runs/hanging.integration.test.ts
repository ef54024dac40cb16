import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
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
import { newId } from "#lib/ids.ts";
import { createPolicy } from "#lib/policies/create-policy.ts";
import { cancelRun } from "#lib/runs/cancel-run.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import type { RunDto } from "#lib/runs/schemas.ts";
import { sweep } from "#worker/sweeper.ts";

// Servers that take connections and then say nothing. The connectors' own patience, a minute and more, is longer than these tests may last.
const LONGEST_MS = 50_000;

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
/** Before the system, and before the destination. */
let proxies: Record<"system" | "destination", FaultProxy>;
let remote: string;
let holds = 0;

beforeAll(async () => {
  installation = await createTestInstallation({ HOLDFAST_LEASE_SECONDS: "20", HOLDFAST_HEARTBEAT_SECONDS: "0.2" });
  sshd = await startSshd();
  const [system, destination] = [await startFaultProxy(sshd), await startFaultProxy(sshd)];
  proxies = { system, destination };
  folder = await createBackedUpFolder({ ...sshd, port: system.port }, installation.dataDir);
  mkdirSync(join(sshd.root, "store"));
  const { host, user, privateKey } = sshd;
  const hostKey = `ssh-ed25519 ${sshd.hostKeyFingerprint}`;
  const config = { host, port: destination.port, user, privateKey, hostKey, path: join(sshd.root, "store") };
  remote = (await createDestination.execute(folder.owner, { name: "Remote", kind: "sftp", config })).id;
});
afterEach(() => {
  for (const proxy of Object.values(proxies)) proxy.resume();
  for (const name of ["HOLDFAST_FAULT_POINT", "HOLDFAST_FAULT_HOLD", "HOLDFAST_STILL_SECONDS", "HOLDFAST_STEP_SECONDS"]) {
    Reflect.deleteProperty(process.env, name);
  }
  forgetEnv();
});
afterAll(async () => {
  await closeClients();
  await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
  await sshd.stop();
  await installation.remove();
});

const start = (destinationIds = [remote]) => startBackup.execute(folder.owner, { systemId: folder.systemId, destinationIds });
const read = ({ id }: RunDto) => getRun.execute(folder.owner, { id });

/** Carries a run out; at `point`, the server goes silent and stays so. Resolves then; `ended` once the job is over. */
async function hangingAt(point: string, server: FaultProxy, run: RunDto, stopping = new AbortController().signal) {
  const hold = join(installation.dataDir, `hold-${holds++}`);
  writeFileSync(hold, "");
  process.env["HOLDFAST_FAULT_POINT"] = point;
  process.env["HOLDFAST_FAULT_HOLD"] = hold;
  const ended = runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker: { id: newId("worker"), signal: stopping } });
  while (!existsSync(`${hold}.reached`)) await delay(20);
  delete process.env["HOLDFAST_FAULT_POINT"];
  server.stall();
  rmSync(hold);
  return { ended };
}

function setLimits(limits: Record<string, string>): void {
  Object.assign(process.env, limits);
  forgetEnv();
}

test.each([
  ["connecting to the system", "after-claim", "system"],
  ["capturing", "after-rows", "system"],
  ["storing", "mid-upload", "destination"],
  ["reading back", "after-upload", "destination"],
  ["writing the description", "after-proof", "destination"],
] as const)(
  "a run whose server hangs while %s is cancelled within seconds",
  async (_what, point, server) => {
    setLimits({ HOLDFAST_STEP_SECONDS: "5" });
    const run = await start();
    const { ended } = await hangingAt(point, proxies[server], run);
    await cancelRun.execute(folder.owner, { id: run.id });
    while ((await read(run)).status === "running") await delay(50);
    expect(await read(run)).toMatchObject({ status: "cancelled", backupId: null, failure: null });
    // Neither the hanging server nor what could not be removed there holds the worker.
    await ended;
    proxies[server].resume();
    await sweptClean();
  },
  LONGEST_MS,
);

test.each([
  ["after-rows", "system", "capture", "Nothing moved for 2 seconds while the system was captured, so it was stopped."],
  ["mid-upload", "destination", "store", "Nothing moved for 2 seconds while the archive was stored, so it was stopped."],
  ["after-upload", "destination", "prove", "Nothing moved for 2 seconds while the archive was read back, so it was stopped."],
] as const)(
  "hanging %s, a run fails with a sentence that says which step stood still, and what to do",
  async (point, server, step, sentence) => {
    setLimits({ HOLDFAST_STILL_SECONDS: "2", HOLDFAST_STEP_SECONDS: "5" });
    const run = await start();
    const { ended } = await hangingAt(point, proxies[server], run);
    await ended;
    const failed = await read(run);
    expect(failed).toMatchObject({ status: "failed", failure: { step } });
    expect(failed.failure?.message).toContain(sentence);
    expect(failed.failure?.mend).toMatch(/validate|Check/);
    proxies[server].resume();
    await sweptClean();
  },
  LONGEST_MS,
);

test(
  "a destination that hangs costs the run its own copy only",
  async () => {
    setLimits({ HOLDFAST_STILL_SECONDS: "2", HOLDFAST_STEP_SECONDS: "3" });
    const run = await start([remote, folder.destinationId]);
    proxies.destination.stall();
    await runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker: { id: newId("worker"), signal: new AbortController().signal } });
    const partial = await read(run);
    expect(partial).toMatchObject({ status: "partial" });
    const { copies } = await getBackup.execute(folder.owner, { id: partial.backupId });
    expect(copies.find((copy) => copy.destinationId === folder.destinationId)).toMatchObject({ status: "stored" });
    proxies.destination.resume();
  },
  LONGEST_MS,
);

test(
  "a destination that hangs during retention holds neither the run's end nor a worker that is told to end",
  async () => {
    const policy = await createPolicy.execute(folder.owner, {
      name: "One",
      systemIds: [folder.systemId],
      destinationIds: [remote],
      schedule: { kind: "daily", at: "03:00", timeZone: "UTC" },
      retention: { keepLast: 1 },
    });
    const ofPolicy = async () => {
      const run = await start();
      await withTenant(folder.tenantId, (db) => db.run.updateMany({ where: { id: run.id }, data: { policyId: policy.id } }));
      return run;
    };
    const first = await ofPolicy();
    await runBackupJob({
      tenantId: folder.tenantId,
      runId: first.id,
      worker: { id: newId("worker"), signal: new AbortController().signal },
    });
    const second = await ofPolicy();
    const stopping = new AbortController();
    const { ended } = await hangingAt("after-retention-marks", proxies.destination, second, stopping.signal);
    expect(await read(second)).toMatchObject({ status: "completed" });
    await expect(cancelRun.execute(folder.owner, { id: second.id })).rejects.toMatchObject({ code: "run-ended" });
    stopping.abort();
    await ended;
    const superfluous = await withTenant(folder.tenantId, (db) => db.backup.findFirstOrThrow({ where: { runId: first.id } }));
    expect(superfluous).toMatchObject({ status: "deleting" });
    proxies.destination.resume();
    await sweptClean();
  },
  LONGEST_MS,
);

/** Sweeps until no backup is half there or half gone. */
async function sweptClean(): Promise<void> {
  const where = { status: { in: ["writing", "abandoned", "deleting"] } };
  while ((await withTenant(folder.tenantId, (db) => db.backup.count({ where }))) > 0) {
    await withTenant(folder.tenantId, (db) => db.backupCopy.updateMany({ where: { status: "deleting" }, data: { nextAttemptAt: null } }));
    await sweep(new AbortController().signal);
    await delay(50);
  }
}
