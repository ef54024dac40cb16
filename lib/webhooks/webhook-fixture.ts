import { withTenant } from "#lib/db/with-tenant.ts";
import type { Context } from "#lib/auth/context.ts";
import { newId } from "#lib/ids.ts";
import { createWebhook } from "#lib/webhooks/create-webhook.ts";
import { deliverWebhookJob } from "#lib/webhooks/deliver-webhook.ts";
import { getDelivery } from "#lib/webhooks/get-delivery.ts";
import type { CreatedWebhookDto, DeliveryDetailDto } from "#lib/webhooks/schemas.ts";

/** A webhook of that tenant, told of failed runs. */
export async function addWebhook(owner: Context, url: string, types = ["run.failed"]): Promise<CreatedWebhookDto> {
  return createWebhook.execute(owner, { name: "Pager", url, types });
}

/** An event of the past, and its delivery to that webhook, due at once, as spreading events makes them. */
export async function addDelivery(
  tenantId: string,
  webhookId: string,
  data: object = { runId: "run_1" },
): Promise<{ id: string; eventId: string }> {
  const [id, eventId] = [newId("delivery"), newId("event")];
  await withTenant(tenantId, async (db) => {
    await db.event.createMany({ data: [{ id: eventId, type: "run.failed", data, spreadAt: new Date() }] });
    await db.delivery.createMany({ data: [{ id, webhookId, eventId, status: "pending", nextAttemptAt: new Date(Date.now() - 1000) }] });
  });
  return { id, eventId };
}

/** Makes the delivery's next attempt now, whenever it is due: the test's clock. Answers the delivery as it is afterwards. */
export async function attemptNow(owner: Context, deliveryId: string, signal = new AbortController().signal): Promise<DeliveryDetailDto> {
  const tenantId = owner.tenant.id;
  await withTenant(tenantId, (db) =>
    db.delivery.updateMany({ where: { id: deliveryId, status: "pending" }, data: { nextAttemptAt: new Date(Date.now() - 1000) } }),
  );
  await deliverWebhookJob({ tenantId, deliveryId, worker: { signal } });
  return getDelivery.execute(owner, { id: deliveryId });
}
