import net from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { accept, answerWith, startWebhookReceiver, verified, type WebhookReceiver } from "#e2e/servers/webhook-receiver.ts";
import { listAudit } from "#lib/audit/list-audit.ts";
import type { Context } from "#lib/auth/context.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";
import { claimDelivery, renewDelivery } from "#lib/webhooks/claim-delivery.ts";
import { getDelivery } from "#lib/webhooks/get-delivery.ts";
import { getWebhook } from "#lib/webhooks/get-webhook.ts";
import { giveUpDeadDelivery } from "#lib/webhooks/give-up-delivery.ts";
import { redeliver } from "#lib/webhooks/redeliver.ts";
import { rotateWebhookSecret } from "#lib/webhooks/rotate-webhook-secret.ts";
import type { CreatedWebhookDto } from "#lib/webhooks/schemas.ts";
import { settleDelivery } from "#lib/webhooks/settle-delivery.ts";
import { testWebhook } from "#lib/webhooks/test-webhook.ts";
import { updateWebhook } from "#lib/webhooks/update-webhook.ts";
import { addDelivery, addWebhook, attemptNow } from "#lib/webhooks/webhook-fixture.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let installation: TestInstallation;
let receiver: WebhookReceiver;
let tenantId: string;
let owner: Context;
let webhook: CreatedWebhookDto;
const servers: net.Server[] = [];

beforeAll(async () => {
  installation = await createTestInstallation({ HOLDFAST_WEBHOOK_TIMEOUT_SECONDS: "0.5", LOG_LEVEL: "fatal" });
});
beforeEach(async () => {
  receiver = await startWebhookReceiver();
  ({ id: tenantId, owner } = await createTestTenant());
  webhook = await addWebhook(owner, `${receiver.origin}/hooks/hidden-part?key=hidden-key`);
});
afterEach(async () => {
  await receiver.stop();
  servers.splice(0).forEach((server) => server.close());
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

const deliver = async (data?: object) => (await addDelivery(tenantId, webhook.id, data)).id;
const eventsOf = (type: string) => withTenant(tenantId, (db) => db.event.findMany({ where: { type }, orderBy: { id: "asc" } }));

/** A server that says exactly these bytes to each connection, and then nothing more, or hangs up. */
async function rawServer(bytes: string, end: "hold" | "cut" = "hold"): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => (end === "cut" ? socket.end(bytes) : socket.write(bytes)));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
}

test("what arrives is signed as the public library wants it, thin, and told once", async () => {
  const { id, eventId } = await addDelivery(tenantId, webhook.id, { runId: "run_1", failure: { message: "Größe 🔑", mend: "" } });
  const done = await attemptNow(owner, id);
  expect(done).toMatchObject({ status: "delivered", attempt: 1, failure: null, nextAttemptAt: null, trigger: "event" });
  expect(done.log).toMatchObject([{ attempt: 1, statusCode: 204, answer: null, failure: null }]);
  const [call, ...more] = receiver.calls;
  if (!call) throw new Error("Nothing arrived.");
  expect(more).toEqual([]);
  expect(verified(call, webhook.secret)).toEqual({
    type: "run.failed",
    timestamp: expect.any(String) as string,
    data: { runId: "run_1", failure: { message: "Größe 🔑", mend: "" } },
  });
  expect(call).toMatchObject({ method: "POST", path: "/hooks/hidden-part?key=hidden-key", body: done.payload });
  expect(call.headers).toMatchObject({ "webhook-id": eventId, "content-type": "application/json" });
  await attemptNow(owner, id);
  expect(receiver.calls).toHaveLength(1);
});

test("a receiver that is down for a day: eight attempts after the schedule, the same id and body each time, and then it has failed", async () => {
  const { id, eventId } = await addDelivery(tenantId, webhook.id);
  receiver.answer = answerWith(500, {}, "database is down at /hooks/hidden-part");
  const pauses: number[] = [];
  for (let attempt = 1; attempt <= 7; attempt++) {
    const before = Date.now();
    const { status, nextAttemptAt, failure } = await attemptNow(owner, id);
    expect({ status, failure }).toEqual({
      status: "pending",
      failure: "It answered 500: the receiver has an error of its own; look into its log.",
    });
    pauses.push((Date.parse(nextAttemptAt ?? "") - before) / MINUTE);
  }
  for (const [index, planned] of [5 / 60, 5, 30, 120, 300, 600, 600].entries()) {
    expect(pauses[index]).toBeGreaterThan(planned * 0.89);
    expect(pauses[index]).toBeLessThan(planned * 1.11 + 0.5);
  }
  const last = await attemptNow(owner, id);
  expect(last).toMatchObject({ status: "failed", attempt: 8, attempts: 8, nextAttemptAt: null });
  expect(last.log.map(({ attempt, statusCode, answer }) => ({ attempt, statusCode, answer }))).toEqual(
    Array.from({ length: 8 }, (_, index) => ({ attempt: index + 1, statusCode: 500, answer: "database is down at [address]" })),
  );
  expect(new Set(receiver.calls.map(({ body }) => body)).size).toBe(1);
  expect(new Set(receiver.calls.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([eventId]));
  for (const call of receiver.calls) verified(call, webhook.secret);
  expect((await getWebhook.execute(owner, { id: webhook.id })).failingSince).not.toBeNull();
  receiver.answer = accept;
  expect(await attemptNow(owner, await deliver())).toMatchObject({ status: "delivered" });
  expect(await getWebhook.execute(owner, { id: webhook.id })).toMatchObject({ enabled: true, failingSince: null });
});

test("a redirect is a failure and nobody goes there", async () => {
  const elsewhere = await startWebhookReceiver();
  for (const status of [301, 302, 303, 307, 308]) {
    receiver.answer = answerWith(status, { location: `${elsewhere.origin}/` });
    expect(await attemptNow(owner, await deliver())).toMatchObject({
      status: "pending",
      failure: expect.stringContaining(`${status}, a redirect`) as string,
    });
  }
  expect(elsewhere.calls).toEqual([]);
  await elsewhere.stop();
});

test("410 disables the webhook at once, ends what waits, and is told on the other channels", async () => {
  receiver.answer = answerWith(410);
  const waiting = await deliver();
  expect(await attemptNow(owner, await deliver())).toMatchObject({ status: "failed", attempt: 1 });
  expect(await getWebhook.execute(owner, { id: webhook.id })).toMatchObject({
    enabled: false,
    disabledFor: expect.stringContaining("410") as string,
  });
  expect(await getDelivery.execute(owner, { id: waiting })).toMatchObject({ status: "cancelled" });
  expect(await attemptNow(owner, await deliver())).toMatchObject({ status: "cancelled", attempt: 0 });
  expect(await eventsOf("channel.failed")).toMatchObject([
    {
      subjectKind: "webhook",
      subjectId: webhook.id,
      spreadAt: null,
      data: { channel: "webhook", channelId: webhook.id, message: expect.stringContaining("Pager") as string },
    },
  ]);
  const { items } = await listAudit.execute(owner, { action: "webhook.disabled" });
  expect(items).toHaveLength(1);
  expect(JSON.stringify([items, await eventsOf("channel.failed")])).not.toContain("hidden");
});

test("five days of nothing but failures disable it, with a delivery that was tried to its end, and not before", async () => {
  receiver.answer = answerWith(503);
  const failForDays = (days: number) =>
    withTenant(
      tenantId,
      (db) => db.$executeRaw`UPDATE webhooks SET failing_since = clock_timestamp() - make_interval(hours => ${days * 24}::int)`,
    );
  const exhaust = async (id: string) => {
    await withTenant(tenantId, (db) => db.delivery.updateMany({ where: { id }, data: { attempt: 7 } }));
    return attemptNow(owner, id);
  };
  await failForDays(30);
  await attemptNow(owner, await deliver());
  expect(await getWebhook.execute(owner, { id: webhook.id })).toMatchObject({ enabled: true });
  await failForDays(4);
  expect(await exhaust(await deliver())).toMatchObject({ status: "failed" });
  expect(await getWebhook.execute(owner, { id: webhook.id })).toMatchObject({ enabled: true });
  await failForDays(6);
  expect(await exhaust(await deliver())).toMatchObject({ status: "failed" });
  expect(await getWebhook.execute(owner, { id: webhook.id })).toMatchObject({
    enabled: false,
    disabledFor: expect.stringContaining("five days") as string,
  });
  // That it fails was told before.
  expect(await eventsOf("channel.failed")).toMatchObject([
    { data: { message: expect.stringContaining("Nothing has arrived") as string } },
    { data: { message: expect.stringContaining("was disabled") as string } },
  ]);
  expect(await updateWebhook.execute(owner, { id: webhook.id, enabled: true })).toMatchObject({ disabledFor: null, failingSince: null });
});

test.each([
  ["in seconds", () => "7200", 2 * HOUR],
  ["as a date", () => new Date(Date.now() + 3 * HOUR).toUTCString(), 3 * HOUR],
  ["of a year, which is too long", () => "31536000", 10 * HOUR],
])("Retry-After %s is heeded", async (_how, header, expectedMs) => {
  receiver.answer = answerWith(429, { "retry-after": header() });
  const before = Date.now();
  const { status, nextAttemptAt } = await attemptNow(owner, await deliver());
  expect(status).toBe("pending");
  const pauseMs = Date.parse(nextAttemptAt ?? "") - before;
  expect(pauseMs).toBeGreaterThan(expectedMs - 5000);
  expect(pauseMs).toBeLessThan(expectedMs * 1.1 + MINUTE);
});

test("of a big answer only the beginning is read and kept", async () => {
  let written = 0;
  receiver.answer = (_call, response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write("x\u0000\u001b".repeat(20_000))) written += 60_000;
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  };
  const done = await attemptNow(owner, await deliver());
  expect(done.status).toBe("delivered");
  expect(done.log[0]?.answer).toMatch(/^x{300,400}$/);
  await until(async () => (await receiver.connections()) === 0);
  expect(written).toBeLessThan(20_000_000);
});

test("a receiver that takes the call and says nothing costs the time-out, in all", async () => {
  receiver.answer = () => undefined;
  const done = await attemptNow(owner, await deliver());
  expect(done).toMatchObject({ status: "pending", failure: "No answer within 0.5 seconds." });
  expect(done.log[0]).toMatchObject({ statusCode: null, answer: null });
  await until(async () => (await receiver.connections()) === 0);
});

test.each([
  ["headers that never end", `HTTP/1.1 200 OK\r\nx-slow: 1\r\n`, "hold", "No answer within"],
  ["nothing at all, cut", "", "cut", "cut the connection"],
  ["half of the headers, cut", "HTTP/1.1 200 OK\r\nx-a: 1\r\n", "cut", "cut the connection"],
  ["something that is not HTTP", "SSH-2.0-OpenSSH_9.9\r\n", "cut", "not HTTP"],
  ["headers without end", `HTTP/1.1 200 OK\r\n${`x-a: ${"a".repeat(1000)}\r\n`.repeat(40)}`, "hold", "not HTTP"],
  [
    "another protocol",
    "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
    "hold",
    "cut the connection",
  ],
  ["hints only", "HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n", "hold", "No answer within"],
] as const)("%s is a failure with a sentence", async (_what, bytes, end, sentence) => {
  await updateWebhook.execute(owner, { id: webhook.id, url: await rawServer(bytes, end) });
  expect(await attemptNow(owner, await deliver())).toMatchObject({
    status: "pending",
    failure: expect.stringContaining(sentence) as string,
  });
});

test.each([
  ["hangs", "hold"],
  ["is cut off", "cut"],
] as const)("a 200 counts although its text %s", async (_how, end) => {
  const url = await rawServer("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nthanks", end);
  await updateWebhook.execute(owner, { id: webhook.id, url });
  const done = await attemptNow(owner, await deliver());
  expect(done.status).toBe("delivered");
  expect(done.log[0]).toMatchObject({ statusCode: 200, answer: "thanks" });
});

test("nobody there, and TLS where none is spoken, are said in a sentence", async () => {
  await receiver.stop();
  expect((await attemptNow(owner, await deliver())).failure).toContain("refused the connection");
  receiver = await startWebhookReceiver();
  await updateWebhook.execute(owner, { id: webhook.id, url: receiver.origin.replace("http:", "https:") });
  expect((await attemptNow(owner, await deliver())).failure).toContain("does not speak TLS");
});

test("during a rotation both secrets verify; then only the new one", async () => {
  const rotated = await rotateWebhookSecret.execute(owner, { id: webhook.id });
  expect(rotated.oldSecretUntil).not.toBeNull();
  await attemptNow(owner, await deliver());
  const [both] = receiver.calls;
  if (!both) throw new Error("Nothing arrived.");
  for (const secret of [webhook.secret, rotated.secret]) verified(both, secret);
  expect(String(both.headers["webhook-signature"]).split(" ")).toHaveLength(2);
  const newest = await rotateWebhookSecret.execute(owner, { id: webhook.id, oldValidHours: 0 });
  await attemptNow(owner, await deliver());
  const one = receiver.calls[1];
  if (!one) throw new Error("Nothing arrived.");
  verified(one, newest.secret);
  for (const secret of [webhook.secret, rotated.secret]) expect(() => verified(one, secret)).toThrow();
});

test("the test button sends one call, even while the webhook is off, and says nothing about its health", async () => {
  await updateWebhook.execute(owner, { id: webhook.id, enabled: false });
  receiver.answer = answerWith(404, {}, "nothing here");
  const failed = await testWebhook.execute(owner, { id: webhook.id });
  expect(failed).toMatchObject({ eventType: "test", trigger: "test", status: "pending", attempts: 1 });
  await expect(testWebhook.execute(owner, { id: webhook.id })).rejects.toMatchObject({ code: "delivery-under-way" });
  const tried = await attemptNow(owner, failed.id);
  expect(tried).toMatchObject({ status: "failed", attempt: 1, failure: expect.stringContaining("404") as string });
  expect(await getWebhook.execute(owner, { id: webhook.id })).toMatchObject({ failingSince: null });
  receiver.answer = accept;
  const sent = await testWebhook.execute(owner, { id: webhook.id });
  expect(await attemptNow(owner, sent.id)).toMatchObject({ status: "delivered" });
  const [, call] = receiver.calls;
  if (!call) throw new Error("Nothing arrived.");
  expect(verified(call, webhook.secret)).toMatchObject({ type: "test" });
  await expect(redeliver.execute(owner, { id: sent.id })).rejects.toMatchObject({ code: "delivery-of-test" });
});

test("a person delivers again under the same webhook-id, once the first has ended", async () => {
  const { id, eventId } = await addDelivery(tenantId, webhook.id);
  await expect(redeliver.execute(owner, { id })).rejects.toMatchObject({ code: "delivery-under-way" });
  await attemptNow(owner, id);
  const again = await redeliver.execute({ ...owner, idempotencyKey: "again" }, { id });
  expect(await redeliver.execute({ ...owner, idempotencyKey: "again" }, { id })).toEqual({ id: again.id });
  expect(again).toMatchObject({ trigger: "person", eventId, status: "pending", attempts: 8 });
  await expect(redeliver.execute(owner, { id })).rejects.toMatchObject({ code: "delivery-under-way" });
  await attemptNow(owner, again.id);
  expect(receiver.calls.map(({ headers }) => headers["webhook-id"])).toEqual([eventId, eventId]);
});

test("no more than two of a webhook are under way at once, one while it fails, and four of a tenant", async () => {
  const claim = async (id: string, mayTryFailing = true) => claimDelivery(tenantId, id, mayTryFailing);
  const first = [await deliver(), await deliver(), await deliver()];
  const claims = await Promise.all(first.map((id) => claim(id)));
  expect(claims.filter((each) => each !== null)).toHaveLength(2);
  const other = await addWebhook(owner, receiver.origin);
  const third = await addWebhook(owner, receiver.origin);
  await withTenant(tenantId, (db) => db.webhook.updateMany({ where: { id: other.id }, data: { failingSince: new Date() } }));
  const failing = [(await addDelivery(tenantId, other.id)).id, (await addDelivery(tenantId, other.id)).id];
  expect(await claim(failing[0] ?? "", false)).toBeNull();
  expect(await claim(failing[0] ?? "")).toMatchObject({ isFailing: true });
  expect(await claim(failing[1] ?? "")).toBeNull();
  expect(await claim((await testWebhook.execute(owner, { id: other.id })).id)).toBeNull();
  const more = [(await addDelivery(tenantId, third.id)).id, (await addDelivery(tenantId, third.id)).id];
  expect(await claim(more[0] ?? "")).not.toBeNull();
  expect(await claim(more[1] ?? "")).toBeNull();
});

test("what a dead worker held goes out again under the same id; one that was only slow writes nothing any more", async () => {
  const { id, eventId } = await addDelivery(tenantId, webhook.id);
  const slow = await claimDelivery(tenantId, id, true);
  if (!slow) throw new Error("It was not claimed.");
  expect(slow).toMatchObject({ attempt: 1, eventId });
  expect(await claimDelivery(tenantId, id, true)).toBeNull();
  const beatOf = () => withTenant(tenantId, (db) => db.delivery.findUniqueOrThrow({ where: { id } })).then(({ leaseBeat }) => leaseBeat);
  const seen = await beatOf();
  expect(await renewDelivery(slow)).toBe("ours");
  await giveUpDeadDelivery(tenantId, { id, beat: seen });
  expect(await getDelivery.execute(owner, { id })).toMatchObject({ status: "sending" });
  await giveUpDeadDelivery(tenantId, { id, beat: await beatOf() });
  expect(await getDelivery.execute(owner, { id })).toMatchObject({ status: "pending", attempt: 1 });
  expect(await renewDelivery(slow)).toBe("lost");
  const late = { statusCode: 200, answer: null, failure: null, retryAfterMs: null, durationMs: 1 };
  expect(await settleDelivery(slow, late)).toBe("lost");
  const done = await attemptNow(owner, id);
  expect(done).toMatchObject({ status: "delivered", attempt: 2 });
  expect(done.log[0]).toMatchObject({ statusCode: null, failure: expect.stringContaining("ended in the middle") as string });
  expect(receiver.calls.map(({ headers }) => headers["webhook-id"])).toEqual([eventId]);
  expect(await getWebhook.execute(owner, { id: webhook.id })).toMatchObject({ failingSince: null });
});

test("a worker that shuts down gives back what it is at", async () => {
  const id = await deliver();
  receiver.answer = () => undefined;
  const stopping = new AbortController();
  const attempt = attemptNow(owner, id, stopping.signal);
  await until(() => Promise.resolve(receiver.calls.length === 1));
  stopping.abort();
  expect(await attempt).toMatchObject({ status: "pending", failure: expect.stringContaining("shut down") as string });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(10);
}
