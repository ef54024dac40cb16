import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { accept, answerWith, startWebhookReceiver, type WebhookReceiver } from "#e2e/servers/webhook-receiver.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { spreadEvents } from "#lib/events/spread-events.ts";
import { channelFailures } from "#lib/mail/mail-fixture.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";
import type { CreatedWebhookDto } from "#lib/webhooks/schemas.ts";
import { testWebhook } from "#lib/webhooks/test-webhook.ts";
import { updateWebhook } from "#lib/webhooks/update-webhook.ts";
import { addDelivery, addWebhook, attemptNow } from "#lib/webhooks/webhook-fixture.ts";

const LAST_ATTEMPT = 8;

let installation: TestInstallation;
let admin: pg.Client;
let receiver: WebhookReceiver;
let tenant: TestTenant;
let webhook: CreatedWebhookDto;

beforeAll(async () => {
  installation = await createTestInstallation({ SMTP_URL: "smtp://127.0.0.1:9", LOG_LEVEL: "fatal" });
  admin = new pg.Client({ connectionString: installation.database.superuserUrl });
  await admin.connect();
});
beforeEach(async () => {
  receiver = await startWebhookReceiver();
  receiver.answer = answerWith(503);
  tenant = await createTestTenant();
  webhook = await addWebhook(tenant.owner, `${receiver.origin}/hooks/hidden-part?key=hidden-key`, ["run.failed", "channel.failed"]);
});
afterEach(() => receiver.stop());
afterAll(async () => {
  await admin.end();
  await closeClients();
  await installation.remove();
});

const failOnce = async () => attemptNow(tenant.owner, (await addDelivery(tenant.id, webhook.id)).id);

/** A delivery that has only its last attempt left, and that attempt. */
async function exhaust(): Promise<void> {
  const { id } = await addDelivery(tenant.id, webhook.id);
  await withTenant(tenant.id, (db) => db.delivery.updateMany({ where: { id }, data: { attempt: LAST_ATTEMPT - 1 } }));
  expect(await attemptNow(tenant.owner, id)).toMatchObject({ attempt: LAST_ATTEMPT, nextAttemptAt: null });
}

/** As if so much time had passed for the webhook, and for what was told of it. */
async function letTimePass(seconds: number): Promise<void> {
  await admin.query("UPDATE webhooks SET failing_since = failing_since - make_interval(secs => $1)", [seconds]);
  await admin.query("UPDATE events SET created_at = created_at - make_interval(secs => $1)", [seconds]);
}

test("nothing but failures for an hour are told once, until something arrives", async () => {
  await failOnce();
  await letTimePass(3500);
  await failOnce();
  expect(await channelFailures(tenant)).toEqual([]);
  await letTimePass(101);
  await failOnce();
  const told = {
    channel: "webhook",
    channelId: webhook.id,
    message: expect.stringMatching(
      /^Nothing has arrived at the webhook “Pager” to http:\/\/127\.0\.0\.1:\d+ since [-\d]{10} \d\d:\d\d UTC\. Last: It answered 503: /,
    ) as string,
  };
  expect(await channelFailures(tenant)).toEqual([told]);
  await letTimePass(7200);
  await failOnce();
  await exhaust();
  expect(await channelFailures(tenant)).toHaveLength(1);
  receiver.answer = accept;
  await failOnce();
  receiver.answer = answerWith(503);
  await failOnce();
  expect(await channelFailures(tenant)).toHaveLength(1);
  await letTimePass(3601);
  await failOnce();
  expect(await channelFailures(tenant)).toEqual([told, told]);
});

test("a delivery that has failed for good is told at once, however many such there are, until something arrives", async () => {
  await exhaust();
  await exhaust();
  const message = expect.stringContaining("did not take a delivery, which is not tried again by itself. Last: It answered 503") as string;
  expect(await channelFailures(tenant)).toMatchObject([{ channel: "webhook", channelId: webhook.id, message }]);
  await letTimePass(3601);
  await failOnce();
  expect(await channelFailures(tenant)).toHaveLength(1);
  receiver.answer = accept;
  await failOnce();
  receiver.answer = answerWith(503);
  await exhaust();
  expect(await channelFailures(tenant)).toHaveLength(2);
});

test("those who fail at the same moment tell it once", async () => {
  const waiting: (() => void)[] = [];
  receiver.answer = (_call, response) => {
    waiting.push(() => response.writeHead(503).end());
    if (waiting.length === 2) waiting.forEach((answer) => answer());
  };
  const ids = [(await addDelivery(tenant.id, webhook.id)).id, (await addDelivery(tenant.id, webhook.id)).id];
  await withTenant(tenant.id, (db) => db.delivery.updateMany({ where: { id: { in: ids } }, data: { attempt: LAST_ATTEMPT - 1 } }));
  const done = await Promise.all(ids.map((id) => attemptNow(tenant.owner, id)));
  expect(done.map(({ status }) => status)).toEqual(["failed", "failed"]);
  expect(await channelFailures(tenant)).toHaveLength(1);
});

test("it goes to members and to the other webhooks, not to the one that fails, and names nothing of the address but its origin", async () => {
  const other = await addWebhook(tenant.owner, receiver.origin, ["channel.failed"]);
  await exhaust();
  while (await spreadEvents());
  const told = await withTenant(tenant.id, async (db) => {
    const where = { event: { type: "channel.failed" } };
    return { deliveries: await db.delivery.findMany({ where }), mails: await db.mail.findMany({ where }) };
  });
  expect(told.deliveries.map(({ webhookId }) => webhookId)).toEqual([other.id]);
  expect(told.mails.map(({ memberId }) => memberId)).toEqual([tenant.owner.actor.memberId]);
  expect(JSON.stringify(await channelFailures(tenant))).not.toContain("hidden");
});

test("a test that fails tells nobody, nor does a webhook that a person has switched off meanwhile", async () => {
  await attemptNow(tenant.owner, (await testWebhook.execute(tenant.owner, { id: webhook.id })).id);
  const off = async (_call: unknown, response: { writeHead(status: number): { end(): void } }) => {
    await updateWebhook.execute(tenant.owner, { id: webhook.id, enabled: false });
    response.writeHead(503).end();
  };
  receiver.answer = (call, response) => void off(call, response);
  await exhaust();
  expect(await channelFailures(tenant)).toEqual([]);
});
