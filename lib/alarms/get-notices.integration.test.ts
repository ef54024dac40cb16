import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { getNotices } from "#lib/alarms/get-notices.ts";
import { noteLook } from "#lib/alarms/watch-worker.ts";
import { trustClock } from "#lib/clock/check-clock.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";
import { disableWebhook } from "#lib/webhooks/disable-webhook.ts";
import { updateWebhook } from "#lib/webhooks/update-webhook.ts";
import { addWebhook } from "#lib/webhooks/webhook-fixture.ts";

let installation: TestInstallation;
let tenant: TestTenant;
beforeAll(async () => {
  installation = await createTestInstallation({ HOLDFAST_MISSING_SECONDS: "1", HOLDFAST_DISPATCH_SECONDS: "0.1", LOG_LEVEL: "silent" });
  tenant = await createTestTenant();
  await noteLook();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

const put = (data: object) => acrossTenants("scheduler", (db) => db.installation.updateMany({ data }));

test("a viewer sees that no worker looks for due runs, and that the clock is in doubt, until it is mended", async () => {
  const viewer = await tenant.addMember("viewer");
  const seen = () => getNotices.execute(viewer, {});
  expect(await seen()).toMatchObject({ workers: { trouble: null, wrongClocks: [] }, clockDoubt: null });
  await put({ lastDispatchAt: new Date(Date.now() - 3_600_000), clockDoubt: "jumped", clockDoubtSince: new Date() });
  expect(await seen()).toMatchObject({ workers: { trouble: { kind: "missing" } }, clockDoubt: { confirmable: true } });
  await noteLook();
  await trustClock();
  expect(await seen()).toMatchObject({ workers: { trouble: null }, clockDoubt: null });
});

test("a webhook that Holdfast disabled counts until somebody enables it; one that a person disabled does not", async () => {
  const seen = async () => (await getNotices.execute(tenant.owner, {})).disabledWebhooks;
  const [failed, unwanted] = [
    await addWebhook(tenant.owner, "http://127.0.0.1:9/a"),
    await addWebhook(tenant.owner, "http://127.0.0.1:9/b"),
  ];
  await updateWebhook.execute(tenant.owner, { id: unwanted.id, enabled: false });
  expect(await seen()).toBe(0);
  await withTenant(tenant.id, (db) => disableWebhook(db, { tenantId: tenant.id, id: failed.id }, "Its receiver answered 410."));
  expect(await seen()).toBe(1);
  expect((await getNotices.execute((await createTestTenant()).owner, {})).disabledWebhooks).toBe(0);
  await updateWebhook.execute(tenant.owner, { id: failed.id, enabled: true });
  expect(await seen()).toBe(0);
});
