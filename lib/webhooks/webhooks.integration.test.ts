import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { listAudit } from "#lib/audit/list-audit.ts";
import type { Context } from "#lib/auth/context.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";
import { createWebhook } from "#lib/webhooks/create-webhook.ts";
import { deleteWebhook } from "#lib/webhooks/delete-webhook.ts";
import { forgetOldWebhooks } from "#lib/webhooks/forget-old-webhooks.ts";
import { getDelivery } from "#lib/webhooks/get-delivery.ts";
import { getWebhook } from "#lib/webhooks/get-webhook.ts";
import { listDeliveries } from "#lib/webhooks/list-deliveries.ts";
import { listWebhooks } from "#lib/webhooks/list-webhooks.ts";
import { redeliver } from "#lib/webhooks/redeliver.ts";
import { rotateWebhookSecret } from "#lib/webhooks/rotate-webhook-secret.ts";
import { openEndpoint } from "#lib/webhooks/sealed-endpoint.ts";
import { updateWebhook } from "#lib/webhooks/update-webhook.ts";
import { addDelivery, addWebhook } from "#lib/webhooks/webhook-fixture.ts";

const URL_WITH_SECRET = "https://hooks.example.com/services/T0SECRET/path?token=hidden-token";

let installation: TestInstallation;
let tenantId: string;
let owner: Context;

beforeAll(async () => {
  installation = await createTestInstallation();
});
beforeEach(async () => {
  ({ id: tenantId, owner } = await createTestTenant());
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

const endpointOf = (id: string) =>
  withTenant(tenantId, async (db) => openEndpoint(db, await db.webhook.findUniqueOrThrow({ where: { id } })));

test("the secret and the address come out once at most, and stand nowhere in clear", async () => {
  const created = await addWebhook(owner, URL_WITH_SECRET);
  expect(created.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const rotated = await rotateWebhookSecret.execute(owner, { id: created.id });
  expect(rotated.secret).not.toBe(created.secret);
  const moved = await updateWebhook.execute(owner, { id: created.id, url: `${URL_WITH_SECRET}&more=1`, name: "Pager 2" });
  const { id: deliveryId } = await addDelivery(tenantId, created.id);
  const shown = [
    moved,
    await getWebhook.execute(owner, { id: created.id }),
    await listWebhooks.execute(owner, {}),
    await listDeliveries.execute(owner, {}),
    await getDelivery.execute(owner, { id: deliveryId }),
    await listAudit.execute(owner, {}),
    await withTenant(tenantId, async (db) => [await db.webhook.findMany(), await db.event.findMany(), await db.idempotencyKey.findMany()]),
  ];
  expect(shown[1]).toMatchObject({ origin: "https://hooks.example.com", name: "Pager 2" });
  const text = JSON.stringify(shown, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  for (const secret of [created.secret.slice(6), rotated.secret.slice(6), "T0SECRET", "hidden-token"]) expect(text).not.toContain(secret);
  expect((await endpointOf(created.id)).url).toBe(`${URL_WITH_SECRET}&more=1`);
});

test("another path keeps the secrets, another origin gets a new one and no old one", async () => {
  const { id, secret } = await addWebhook(owner, URL_WITH_SECRET);
  await rotateWebhookSecret.execute(owner, { id });
  expect((await updateWebhook.execute(owner, { id, url: "https://hooks.example.com/other" })).secret).toBeNull();
  expect((await endpointOf(id)).secrets[1]?.value).toBe(secret);
  for (const url of ["http://hooks.example.com/other", "https://hooks.example.com:8443/other", "https://elsewhere.example.com/other"]) {
    const before = (await endpointOf(id)).secrets;
    const moved = await updateWebhook.execute(owner, { id, url });
    const after = (await endpointOf(id)).secrets;
    expect(after).toEqual([{ value: moved.secret, until: null }]);
    expect(before.map(({ value }) => value)).not.toContain(moved.secret);
    expect(moved).toMatchObject({ origin: new URL(url).origin, oldSecretUntil: null });
  }
});

const refused = [
  "hooks.example.com/x",
  "ftp://hooks.example.com/x",
  "file:///etc/passwd",
  "javascript:alert(1)",
  "https://user:pass@hooks.example.com/x",
  "https://user@hooks.example.com/x",
  "https://hooks.example.com/x#part",
  "https://",
  "",
  `https://hooks.example.com/${"x".repeat(2000)}`,
  "http://169.254.169.254/latest/meta-data",
  "http://[fe80::1]/",
  "http://100.64.0.1/",
  "http://0xA9FEA9FE/",
];

test("an address that cannot be told is refused beside its field, and not repeated", async () => {
  for (const url of refused) {
    const refusal = await createWebhook.execute(owner, { name: "x", url, types: ["run.failed"] }).catch((error: unknown) => error);
    expect(refusal, url).toMatchObject({ code: "invalid-input", errors: [{ path: "url" }] });
    expect(JSON.stringify(refusal)).not.toContain("pass@");
  }
  expect(await listWebhooks.execute(owner, {})).toMatchObject({ items: [] });
});

test("types are chosen among what can be told, at least one, each once", async () => {
  for (const types of [[], ["test"], ["run.exploded"], "run.failed"])
    await expect(createWebhook.execute(owner, { name: "x", url: "https://a.example/", types })).rejects.toMatchObject({
      code: "invalid-input",
    });
  const made = await createWebhook.execute(owner, {
    name: "x",
    url: "https://a.example/",
    types: ["run.failed", "run.failed", "run.missed"],
  });
  expect(made.types).toEqual(["run.failed", "run.missed"]);
});

test("sent twice under one Idempotency-Key, one webhook is made, and its secret is not kept for the second answer", async () => {
  const input = { name: "x", url: "https://a.example/", types: ["run.failed"] };
  const first = await createWebhook.execute({ ...owner, idempotencyKey: "once" }, input);
  expect(await createWebhook.execute({ ...owner, idempotencyKey: "once" }, input)).toEqual({ id: first.id });
  expect((await listWebhooks.execute(owner, {})).items).toHaveLength(1);
});

test("disabling or deleting ends what waits; enabling takes a deletion back, until it is forgotten after a week", async () => {
  const { id, secret } = await addWebhook(owner, URL_WITH_SECRET);
  const waiting = await addDelivery(tenantId, id);
  await updateWebhook.execute(owner, { id, enabled: false });
  expect(await getDelivery.execute(owner, { id: waiting.id })).toMatchObject({ status: "cancelled", nextAttemptAt: null });
  await expect(redeliver.execute(owner, { id: waiting.id })).rejects.toMatchObject({ code: "webhook-disabled" });
  await updateWebhook.execute(owner, { id, enabled: true });
  const next = await addDelivery(tenantId, id);
  await deleteWebhook.execute(owner, { id });
  await expect(getWebhook.execute(owner, { id })).rejects.toMatchObject({ code: "not-found" });
  await expect(getDelivery.execute(owner, { id: next.id })).rejects.toMatchObject({ code: "not-found" });
  await expect(updateWebhook.execute(owner, { id, name: "still there?" })).rejects.toMatchObject({ code: "not-found" });
  expect(await updateWebhook.execute(owner, { id, enabled: true })).toMatchObject({ id, enabled: true, secret: null });
  expect((await endpointOf(id)).secrets[0]?.value).toBe(secret);
  expect(await getDelivery.execute(owner, { id: next.id })).toMatchObject({ status: "cancelled" });

  await deleteWebhook.execute(owner, { id });
  const forget = () => acrossTenants("scheduler", (db) => forgetOldWebhooks(db));
  await forget();
  expect(await withTenant(tenantId, (db) => db.webhook.count())).toBe(1);
  await withTenant(tenantId, (db) => db.$executeRaw`UPDATE webhooks SET deleted_at = clock_timestamp() - interval '8 days'`);
  await forget();
  expect(await withTenant(tenantId, async (db) => [await db.webhook.count(), await db.delivery.count()])).toEqual([0, 0]);
});

test("there is an end to how many a tenant has", async () => {
  const input = { name: "x", url: "https://a.example/", types: ["run.failed"] };
  for (let made = 0; made < 50; made++) await createWebhook.execute(owner, input);
  await expect(createWebhook.execute(owner, input)).rejects.toMatchObject({ code: "too-many-webhooks" });
  const [first] = (await listWebhooks.execute(owner, {})).items;
  const id = first?.id ?? "";
  await deleteWebhook.execute(owner, { id });
  await createWebhook.execute(owner, input);
  await expect(updateWebhook.execute(owner, { id, enabled: true })).rejects.toMatchObject({ code: "too-many-webhooks" });
});

test("each change has its entry in the audit log", async () => {
  const { id } = await addWebhook(owner, URL_WITH_SECRET);
  await updateWebhook.execute(owner, { id, types: ["run.missed"] });
  await rotateWebhookSecret.execute(owner, { id, oldValidHours: 0 });
  await deleteWebhook.execute(owner, { id });
  const { items } = await listAudit.execute(owner, {});
  const actions = items.map(({ action }) => action).filter((action) => action.startsWith("webhook."));
  expect(actions).toEqual(["webhook.deleted", "webhook.secretRotated", "webhook.changed", "webhook.created"]);
});
