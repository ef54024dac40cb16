import { withTenant } from "#lib/db/with-tenant.ts";
import { log } from "#lib/log.ts";
import { type Attempted, settleDelivery } from "#lib/webhooks/settle-delivery.ts";

/** Ends an attempt of which nobody knows what the receiver made of it; the next one has the same `webhook-id`. */
export async function giveUpDelivery(delivery: Attempted, failure: string): Promise<void> {
  await settleDelivery(delivery, { statusCode: null, answer: null, failure, retryAfterMs: null, durationMs: 0 }, "nobody");
}

/**
 * Takes a delivery from a worker whose counter stood still. For the reaper; does nothing when the counter has moved, or another attempt has begun.
 * @param beat the counter as it stood
 */
export async function giveUpDeadDelivery(tenantId: string, { id, beat }: { id: string; beat: bigint }): Promise<void> {
  const where = { id, status: "sending", leaseBeat: beat };
  const row = await withTenant(tenantId, (db) => db.delivery.findFirst({ where }));
  if (row?.leaseOwner === undefined || row.leaseOwner === null) return;
  const { webhookId, trigger, attempt, leaseOwner: lease } = row;
  log.warn({ deliveryId: id, attempt }, "A delivery was taken from a worker that no longer shows signs of life");
  await giveUpDelivery(
    { tenantId, id, webhookId, trigger, attempt, lease, beat },
    "The worker that made this attempt ended in the middle of it.",
  );
}
