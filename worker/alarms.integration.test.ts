import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { startWorkerProcess, type WorkerProcess } from "#e2e/servers/worker-process.ts";
import { judgeWatch } from "#lib/alarms/judge-watch.ts";
import { readWatch, watchLimits } from "#lib/alarms/read-watch.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { readiness } from "#lib/http/readiness.ts";
import { newId } from "#lib/ids.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
let tenant: TestTenant;
let receiver: Server;
let calls: string[] = [];
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  installation = await createTestInstallation({
    HOLDFAST_LEASE_SECONDS: "3",
    HOLDFAST_HEARTBEAT_SECONDS: "0.3",
    HOLDFAST_DISPATCH_SECONDS: "0.1",
    HOLDFAST_WATCH_SECONDS: "0.2",
    HOLDFAST_MISSING_SECONDS: "1.5",
    HOLDFAST_DEADMAN_SECONDS: "0.2",
    LOG_LEVEL: "info",
  });
  receiver = createServer((request, response) => {
    calls.push(`${request.method ?? ""} ${request.url ?? ""}`);
    response.end("noted");
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  tenant = await createTestTenant();
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});
afterAll(async () => {
  await closeClients();
  receiver.close();
  await installation.remove();
});
beforeEach(() => {
  calls = [];
});

const deadMan = () => ({ HOLDFAST_DEADMAN_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/ping/secret-path` });
const startWorker = (more: Record<string, string> = {}) => {
  const worker = startWorkerProcess({ ...installation.environment, ...more });
  workers.push(worker);
  return worker;
};

async function until<T>(what: () => T | Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  for (let looks = 0; looks < 400; looks += 1) {
    const value = await what();
    if (isSo(value)) return value;
    await delay(100);
  }
  throw new Error(`It never came to that: ${JSON.stringify(await what())}`);
}

/** What is said by one call must not be taken for the next: some that were under way may still come. */
async function callsStop(): Promise<void> {
  await until(
    async () => {
      calls = [];
      await delay(1000);
      return calls.length;
    },
    (count) => count === 0,
  );
}
const callsCome = () =>
  until(
    () => calls.length,
    (count) => count > 1,
  );

const runStatus = async (id: string) => (await withTenant(tenant.id, (db) => db.run.findFirstOrThrow({ where: { id } }))).status;
const setDoubt = (clockDoubt: string | null) => acrossTenants("scheduler", (db) => db.installation.updateMany({ data: { clockDoubt } }));

test("the dead-man's address is called while all is well, and not while the clock is doubted or a due run is stuck", async () => {
  const worker = startWorker(deadMan());
  await callsCome();
  expect(new Set(calls)).toEqual(new Set(["GET /ping/secret-path"]));

  await setDoubt("jumped");
  await callsStop();
  await setDoubt(null);
  await callsCome();

  const stuck = newId("run");
  await withTenant(tenant.id, async (db) => {
    const { systemId } = await db.policySystem.findFirstOrThrow();
    const long = new Date(Date.now() - 7_200_000);
    // Rung for in vain: it waits for a time that has come, and nobody can claim it.
    const row = { id: stuck, systemId, trigger: "schedule", status: "scheduled", occurrence: "stuck", dueAt: long, destinationIds: [] };
    await db.run.createMany({ data: [row] });
  });
  await callsStop();
  await withTenant(tenant.id, (db) => db.run.updateMany({ where: { id: stuck }, data: { status: "cancelled" } }));
  await callsCome();
  const said = worker.output();
  expect(said).toContain("address is not being called");
  expect(said).toContain("address is called again");
  expect(said).not.toContain("secret-path");
});

test("a dispatcher that hangs is noticed by everybody who looks, and the dead-man's address is not called until it goes on", async () => {
  startWorker(deadMan());
  await callsCome();
  const client = new pg.Client({ connectionString: installation.database.superuserUrl });
  await client.connect();
  await client.query("BEGIN; LOCK TABLE restores IN ACCESS EXCLUSIVE MODE");
  await callsStop();
  const told = () => withTenant(tenant.id, (db) => db.event.count({ where: { type: "worker.missing" } }));
  const before = await until(told, (count) => count > 0);
  const { ready, reasons } = await readiness();
  expect(ready).toBe(false);
  expect(reasons.join(" ")).toContain("No worker looks for due runs");
  await client.query("ROLLBACK");
  await client.end();
  await callsCome();
  expect(await told()).toBe(before);
});

test("a worker whose clock is wrong says so, takes no work, and is named; one whose clock is right does the work", async () => {
  const wrong = startWorker({ HOLDFAST_CLOCK_SHIFT_SECONDS: "-90" });
  const clocks = () => acrossTenants("scheduler", async (db) => (await readWatch(db, Infinity))?.wrongClocks ?? []);
  const [found] = await until(clocks, (list) => list.length === 1);
  expect(Math.round((found?.aheadMs ?? 0) / 1000)).toBe(-90);
  const { id } = await startBackup.execute(tenant.owner, { systemId: await systemId() });
  const { warnings: said } = await until(readiness, ({ reasons }) => reasons.join(" ").includes("No worker looks for due runs"));
  expect(said.join(" ")).toContain("so it takes no work");
  const seen = await acrossTenants("scheduler", (db) => readWatch(db, Infinity));
  const message = seen && judgeWatch(seen, watchLimits())?.message;
  expect(message).toContain(found?.workerId);
  expect(message).toContain("90 s behind the database’s, so it takes no work");
  expect(await runStatus(id)).toBe("queued");
  expect(wrong.output()).toContain("takes no work until they agree");
  startWorker({ HOLDFAST_CLOCK_SHIFT_SECONDS: "3" });
  await until(
    () => runStatus(id),
    (status) => status === "completed",
  );
  expect(await clocks()).toHaveLength(1);
  const { warnings } = await until(readiness, ({ ready }) => ready);
  expect(warnings).toEqual(said);
});

const systemId = async () => (await withTenant(tenant.id, (db) => db.system.findFirstOrThrow())).id;
