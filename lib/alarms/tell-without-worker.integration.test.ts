import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { startWebhookReceiver } from "#e2e/servers/webhook-receiver.ts";
import { tellWithoutWorker } from "#lib/alarms/tell-without-worker.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";
import { addWebhook } from "#lib/webhooks/webhook-fixture.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation({ LOG_LEVEL: "silent" });
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

/** As many deliveries of a new tenant's webhook, due since then. */
async function makeDue(url: string, count: number, since: Date): Promise<void> {
  const { id: tenantId, owner } = await createTestTenant();
  const { id: webhookId } = await addWebhook(owner, url);
  await withTenant(tenantId, async (db) => {
    const made = Array.from({ length: count }, () => ({ id: newId("delivery"), eventId: newId("event") }));
    await db.event.createMany({ data: made.map(({ eventId }) => ({ id: eventId, type: "run.failed", data: {}, spreadAt: since })) });
    await db.delivery.createMany({ data: made.map((each) => ({ ...each, webhookId, status: "pending", nextAttemptAt: since })) });
  });
}

test("a tenant with much to be told of, all of it newer, has no turn more than the others, and is told all of it", async () => {
  const receiver = await startWebhookReceiver();
  await makeDue(`${receiver.origin}/loud`, 210, new Date(Date.now() - 1000));
  await makeDue(`${receiver.origin}/quiet`, 1, new Date(Date.now() - 3_600_000));
  await tellWithoutWorker(new AbortController().signal);
  const paths = receiver.calls.map(({ path }) => path);
  expect(paths.filter((path) => path === "/loud")).toHaveLength(210);
  expect(paths.indexOf("/quiet")).toBeGreaterThanOrEqual(0);
  expect(paths.indexOf("/quiet")).toBeLessThan(4);
  await receiver.stop();
});
