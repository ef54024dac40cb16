import { log } from "#lib/log.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { ringBells } from "#lib/queue/enqueue.ts";
import { holdWork, WorkStopped } from "#lib/queue/hold-work.ts";
import type { ActiveWorker } from "#lib/queue/jobs.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";
import { type ClaimedDelivery, claimDelivery, renewDelivery } from "#lib/webhooks/claim-delivery.ts";
import { giveUpDelivery } from "#lib/webhooks/give-up-delivery.ts";
import { postPayload } from "#lib/webhooks/post-payload.ts";
import { settleDelivery } from "#lib/webhooks/settle-delivery.ts";
import { signatureHeaders } from "#lib/webhooks/sign-payload.ts";

export interface DeliveryJob {
  tenantId: string;
  deliveryId: string;
  worker: Pick<ActiveWorker, "signal">;
}

/** Places of one process that webhooks which fail may take: they may hang, and mail and other webhooks need the others. */
const FAILING_AT_ONCE = 3;
let failingUnderWay = 0;

/**
 * The job of a delivery: posts the event, signed, and writes down what came of it. Resolves without doing anything when there is nothing to do. A worker that
 * dies after the receiver has answered makes another attempt with the same `webhook-id`: at least once, never silently not.
 */
export async function deliverWebhookJob({ tenantId, deliveryId, worker }: DeliveryJob): Promise<void> {
  const hasPlace = failingUnderWay < FAILING_AT_ONCE;
  if (hasPlace) failingUnderWay += 1;
  let isKept = hasPlace;
  const leave = () => {
    if (isKept) failingUnderWay -= 1;
    isKept = false;
  };
  try {
    const delivery = await claimDelivery(tenantId, deliveryId, hasPlace);
    if (!delivery?.isFailing) leave();
    if (!delivery) return;
    await attempt(delivery, worker);
  } finally {
    leave();
  }
  await ringForNext(tenantId, deliveryId);
}

async function attempt(delivery: ClaimedDelivery, worker: DeliveryJob["worker"]): Promise<void> {
  const { id, webhookId, eventId, attempt: number, at, url, body, secrets } = delivery;
  const held = holdWork(() => renewDelivery(delivery), worker.signal);
  try {
    const headers = signatureHeaders({ id: eventId, at, body }, secrets);
    const outcome = await postPayload(url, { body, headers, signal: held.signal });
    await faultPoint("before-delivery-commit");
    const became = await settleDelivery(delivery, outcome);
    const { statusCode, durationMs } = outcome;
    log.info({ deliveryId: id, webhookId, attempt: number, statusCode, durationMs, became }, "A webhook was called");
  } catch (error) {
    if (!(error instanceof WorkStopped)) throw error;
    if (error.reason === "stopping") await giveUpDelivery(delivery, "The worker was shut down in the middle of it.");
    log.info({ deliveryId: id, attempt: number, reason: error.reason }, "A delivery was stopped");
  } finally {
    held.release();
  }
}

/** A webhook with much to tell needs no further look of the dispatcher for each. */
async function ringForNext(tenantId: string, deliveryId: string): Promise<void> {
  const [next] = await withTenant(
    tenantId,
    (db) => db.$queryRaw<{ id: string; attempt: number }[]>`
      SELECT next.id, next.attempt FROM deliveries done JOIN deliveries next ON next.webhook_id = done.webhook_id
      WHERE done.id = ${deliveryId} AND next.status = 'pending' AND next.next_attempt_at <= clock_timestamp()
      ORDER BY next.trigger <> 'test', next.next_attempt_at LIMIT 1`,
  );
  if (!next) return;
  const payload = { tenantId, deliveryId: next.id };
  await ringBells([{ name: "webhook.deliver", payload, rowId: next.id, attempt: next.attempt + 1 }]);
}
