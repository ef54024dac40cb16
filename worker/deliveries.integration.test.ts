import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { accept, answerWith, startWebhookReceiver, verified, type WebhookReceiver } from "#e2e/servers/webhook-receiver.ts";
import { startWorkerProcess, type WorkerProcess } from "#e2e/servers/worker-process.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";
import { createWebhook } from "#lib/webhooks/create-webhook.ts";
import { getDelivery } from "#lib/webhooks/get-delivery.ts";
import { testWebhook } from "#lib/webhooks/test-webhook.ts";
import { addDelivery, addWebhook } from "#lib/webhooks/webhook-fixture.ts";

let installation: TestInstallation;
let receiver: WebhookReceiver;
let hanging: WebhookReceiver;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  installation = await createTestInstallation({
    HOLDFAST_LEASE_SECONDS: "2",
    HOLDFAST_HEARTBEAT_SECONDS: "0.3",
    HOLDFAST_DISPATCH_SECONDS: "0.3",
    // The whole schedule in four seconds.
    HOLDFAST_WEBHOOK_RETRY_SECONDS: "0.0002",
    HOLDFAST_WEBHOOK_TIMEOUT_SECONDS: "15",
    LOG_LEVEL: "info",
  });
});
beforeEach(async () => {
  receiver = await startWebhookReceiver();
  hanging = await startWebhookReceiver();
  hanging.answer = () => undefined;
});
afterEach(async () => {
  // Whoever hangs ends first, so that no worker has to wait for it.
  await hanging.stop();
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await receiver.stop();
  await acrossTenants(
    "scheduler",
    (db) => db.$executeRaw`UPDATE deliveries SET status = 'cancelled', lease_owner = NULL WHERE status IN ('pending', 'sending')`,
  );
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

function startWorker(more: Record<string, string> = {}): WorkerProcess {
  const worker = startWorkerProcess({ ...installation.environment, ...more });
  workers.push(worker);
  return worker;
}

/** Many deliveries that wait for a receiver which takes calls and never answers; it is known to fail. */
async function makeHanging(tenant: TestTenant, count: number): Promise<void> {
  const { id: webhookId } = await addWebhook(tenant.owner, `${hanging.origin}/x`);
  await withTenant(tenant.id, async (db) => {
    await db.webhook.updateMany({ where: { id: webhookId }, data: { failingSince: new Date() } });
    const ids = Array.from({ length: count }, () => ({ id: newId("delivery"), eventId: newId("event") }));
    await db.event.createMany({ data: ids.map(({ eventId }) => ({ id: eventId, type: "run.failed", data: {}, spreadAt: new Date() })) });
    const due = { webhookId, status: "pending", nextAttemptAt: new Date(Date.now() - 60_000) };
    await db.delivery.createMany({ data: ids.map((each) => ({ ...each, ...due })) });
  });
}

test("receivers that hang, with hundreds waiting for them, hold up no run, no test and no other tenant", async () => {
  const slow = await Promise.all(Array.from({ length: 5 }, () => createTestTenant()));
  for (const tenant of slow) await makeHanging(tenant, 100);
  const [first] = slow;
  if (!first) throw new Error("There is no tenant.");
  const well = await createTestTenant();
  const webhook = await addWebhook(well.owner, `${receiver.origin}/x`);
  const deliveries = [];
  for (let made = 0; made < 30; made++) deliveries.push(await addDelivery(well.id, webhook.id));
  startWorker();
  const openAtOnce: number[] = [];
  const sample = setInterval(
    () =>
      void hanging.connections().then(
        (count) => openAtOnce.push(count),
        () => undefined,
      ),
    20,
  );
  await until(
    () => hanging.connections(),
    (count) => count >= 3,
  );
  const system = await withTenant(first.id, (db) => db.system.findFirstOrThrow({ select: { id: true } }));
  const run = await startBackup.execute(first.owner, { systemId: system.id });
  const own = await createWebhook.execute(first.owner, { name: "Another", url: `${receiver.origin}/other`, types: ["run.missed"] });
  const test = await testWebhook.execute(first.owner, { id: own.id });
  await until(
    () => getRun.execute(first.owner, { id: run.id }),
    ({ status }) => status === "completed",
  );
  await until(
    () => getDelivery.execute(first.owner, { id: test.id }),
    ({ status }) => status === "delivered",
  );
  for (const { id } of deliveries)
    await until(
      () => getDelivery.execute(well.owner, { id }),
      ({ status }) => status === "delivered",
    );
  clearInterval(sample);
  expect(Math.max(...openAtOnce)).toBe(3);
  expect(receiver.calls.filter(({ path }) => path === "/x")).toHaveLength(30);
});

test("a worker that is killed after the receiver answered delivers again under the same id, by the schedule of the dispatcher", async () => {
  const tenant = await createTestTenant();
  const webhook = await addWebhook(tenant.owner, `${receiver.origin}/x`);
  const { id, eventId } = await addDelivery(tenant.id, webhook.id);
  expect(await startWorker({ HOLDFAST_FAULT_POINT: "before-delivery-commit" }).ended).toBe("SIGKILL");
  const worker = startWorker();
  const done = await until(
    () => getDelivery.execute(tenant.owner, { id }),
    ({ status }) => status === "delivered",
  );
  expect(done.attempt).toBe(2);
  expect(receiver.calls.map(({ headers }) => headers["webhook-id"])).toEqual([eventId, eventId]);
  for (const call of receiver.calls) verified(call, webhook.secret);
  const log = worker.output();
  expect(log).toContain(id);
  for (const secret of [webhook.secret.slice(6), "/x"]) expect(log).not.toContain(secret);
});

test("an event goes from its transaction to the receiver; one who is down is tried again until the end, by itself", async () => {
  const tenant = await createTestTenant();
  const webhook = await createWebhook.execute(tenant.owner, { name: "All", url: `${receiver.origin}/x`, types: ["run.completed"] });
  receiver.answer = answerWith(500);
  startWorker();
  const system = await withTenant(tenant.id, (db) => db.system.findFirstOrThrow({ select: { id: true } }));
  const run = await startBackup.execute(tenant.owner, { systemId: system.id });
  await until(
    () => Promise.resolve(receiver.calls.length),
    (count) => count === 8,
  );
  const payload = verified(receiver.calls[0] ?? fail(), webhook.secret);
  expect(payload).toMatchObject({ type: "run.completed", data: { runId: run.id } });
  const [delivery] = await withTenant(tenant.id, (db) => db.delivery.findMany());
  const ended = await until(
    () => getDelivery.execute(tenant.owner, { id: delivery?.id }),
    ({ status }) => status === "failed",
  );
  expect(ended.log.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 8 }, () => 500));
  receiver.answer = accept;
  await startBackup.execute(tenant.owner, { systemId: system.id });
  await until(
    () => withTenant(tenant.id, (db) => db.delivery.count({ where: { status: "delivered" } })),
    (count) => count === 1,
  );
});

async function until<T>(read: () => Promise<T>, isDone: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (isDone(value)) return value;
    await delay(50);
  }
}

function fail(): never {
  throw new Error("Nothing arrived.");
}
