import net from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { startWebhookReceiver, type WebhookReceiver } from "#e2e/servers/webhook-receiver.ts";
import type { Context } from "#lib/auth/context.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createAddressGuard } from "#lib/net/address-guard.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";
import { createWebhook } from "#lib/webhooks/create-webhook.ts";
import { postPayload } from "#lib/webhooks/post-payload.ts";
import { newEndpoint, sealEndpoint } from "#lib/webhooks/sealed-endpoint.ts";
import { addDelivery, addWebhook, attemptNow } from "#lib/webhooks/webhook-fixture.ts";

// Whatever gets through a filter that fails reaches this receiver on loopback, and nothing else.
let installation: TestInstallation;
let receiver: WebhookReceiver;
let port: number;
let tenantId: string;
let owner: Context;

beforeAll(async () => {
  installation = await createTestInstallation({ HOLDFAST_ALLOWED_NETWORKS: "none", LOG_LEVEL: "fatal" });
  receiver = await startWebhookReceiver();
  port = Number(new URL(receiver.origin).port);
  ({ id: tenantId, owner } = await createTestTenant());
});
afterAll(async () => {
  await closeClients();
  await receiver.stop();
  await installation.remove();
});

const spellings = [
  "127.0.0.1",
  "2130706433",
  "0x7f.1",
  "0177.0.0.1",
  "127.1",
  "0.0.0.0",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "localhost",
];

test("nothing is delivered to loopback in any spelling, whoever put the address there", async () => {
  const { id: webhookId } = await addWebhook(owner, "https://hooks.example.com/x");
  for (const host of spellings) {
    const sealedSecrets = await withTenant(tenantId, (db) => sealEndpoint(db, webhookId, newEndpoint(`http://${host}:${port}/x`)));
    await withTenant(tenantId, (db) => db.webhook.updateMany({ where: { id: webhookId }, data: { sealedSecrets, enabled: true } }));
    const { id } = await addDelivery(tenantId, webhookId);
    const tried = await attemptNow(owner, id);
    expect({ host, ...tried }).toMatchObject({
      host,
      status: "pending",
      failure: expect.stringContaining("HOLDFAST_ALLOWED_NETWORKS") as string,
    });
    expect(tried.log[0]).toMatchObject({ statusCode: null });
    await withTenant(tenantId, (db) => db.delivery.updateMany({ where: { id }, data: { status: "cancelled" } }));
  }
  expect(receiver.calls).toEqual([]);
});

test("one that is written as a number is refused while somebody is there to mend it", async () => {
  for (const host of spellings.filter((each) => each !== "localhost")) {
    const input = { name: "x", url: `https://${host}:${port}/`, types: ["run.failed"] };
    await expect(createWebhook.execute(owner, input), host).rejects.toMatchObject({ errors: [{ path: "url" }] });
  }
});

test.each([
  ["loopback", ["127.0.0.1"]],
  ["loopback of IPv6", ["::1"]],
  ["mapped loopback", ["::ffff:127.0.0.1"]],
  ["loopback behind NAT64", ["64:ff9b::7f00:1"]],
  ["loopback in 6to4", ["2002:7f00:1::"]],
  ["a private network", ["10.1.2.3"]],
  ["where clouds keep credentials", ["169.254.169.254"]],
  ["a good one and a bad one", ["8.8.8.8", "127.0.0.1"]],
])("a name that leads to %s is refused before anything is connected to", async (_where, addresses) => {
  for (const scheme of ["http", "https"]) {
    const asked: string[] = [];
    const outcome = await post(`${scheme}://inside.example:${port}/`, () => addresses, asked);
    expect(outcome).toMatchObject({ statusCode: null, failure: expect.stringContaining("HOLDFAST_ALLOWED_NETWORKS") as string });
    expect(asked).toEqual([]);
  }
  expect(receiver.calls).toEqual([]);
});

test("a name that changes its mind after it was judged is not asked again, and the connected address is judged too", async () => {
  const asked: string[] = [];
  const answers = [["8.8.8.8"], ["127.0.0.1"]];
  const outcome = await post(`http://rebinding.example:${port}/`, () => answers.shift() ?? [], asked);
  expect(asked).toEqual(["8.8.8.8"]);
  expect(answers).toHaveLength(1);
  // The test's connection ended at loopback all the same, as one would that was led astray.
  expect(outcome).toMatchObject({ statusCode: null, failure: expect.stringContaining("HOLDFAST_ALLOWED_NETWORKS") as string });
  expect(receiver.calls).toEqual([]);
});

/** Posts by a guard that allows nothing private, whose names are these and whose every connection ends at the receiver. */
function post(url: string, resolve: () => string[], asked: string[]) {
  const guard = createAddressGuard({
    allowed: [],
    resolve: () => Promise.resolve(resolve()),
    connect: ({ host }) => {
      asked.push(host);
      return net.connect({ host: "127.0.0.1", port });
    },
  });
  return postPayload(new URL(url), { body: "{}", headers: {}, signal: new AbortController().signal, guard });
}
