import { randomUUID } from "node:crypto";
import { databaseNow } from "#lib/clock/database-now.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { payloadOf } from "#lib/webhooks/payload.ts";
import { type Endpoint, openEndpoint, signingSecrets } from "#lib/webhooks/sealed-endpoint.ts";

/** Deliveries of one tenant that are under way at once, everywhere; of one webhook, fewer, and of one that fails, one. */
const OF_A_TENANT = 4;
const OF_A_WEBHOOK = 2;

/** What a delivery says that was cancelled with its webhook. */
export const DISABLED = "The webhook was disabled or deleted before this was delivered.";

/** A delivery that this worker is to make, with all that it needs for it. */
export interface ClaimedDelivery {
  tenantId: string;
  id: string;
  webhookId: string;
  eventId: string;
  trigger: string;
  /** This attempt's number; the first is 1. */
  attempt: number;
  lease: string;
  /** Whether nothing arrived there of late. */
  isFailing: boolean;
  /** The database's time at the claim. */
  at: Date;
  url: URL;
  secrets: string[];
  body: string;
}

interface TakenRow {
  webhookId: string;
  eventId: string;
  trigger: string;
  attempt: number;
  isFailing: boolean;
  sealedSecrets: string;
}

/**
 * Takes a delivery whose next attempt is due, under a lease of its own. Null when there is nothing to do: not due, held by somebody, its webhook disabled or
 * deleted, or enough under way already (then the dispatcher rings again).
 * @param mayTryFailing whether this process has a place for a webhook that fails
 */
export async function claimDelivery(tenantId: string, deliveryId: string, mayTryFailing: boolean): Promise<ClaimedDelivery | null> {
  return withTenant(tenantId, async (db) => {
    await lockDeliveries(db, tenantId);
    const lease = randomUUID();
    const taken = await take(db, { deliveryId, lease, mayTryFailing });
    if (!taken) {
      await cancelUnwanted(db, deliveryId);
      return null;
    }
    const { sealedSecrets, ...row } = taken;
    await db.deliveryAttempt.createMany({ data: [{ deliveryId, attempt: row.attempt }] });
    await notifyChange(db, { tenantId, kinds: ["deliveries"], ids: [deliveryId] });
    const event = await db.event.findFirstOrThrow({ where: { id: row.eventId } });
    const endpoint: Endpoint = await openEndpoint(db, { id: row.webhookId, sealedSecrets });
    const at = await databaseNow(db);
    return {
      ...row,
      tenantId,
      id: deliveryId,
      lease,
      at,
      url: new URL(endpoint.url),
      secrets: signingSecrets(endpoint, at),
      body: payloadOf(event),
    };
  });
}

/** Claims of a tenant, and what people ask for, come one after the other until the transaction ends, so that the limits are exact. */
export async function lockDeliveries(db: Transaction, tenantId: string): Promise<void> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`deliveries:${tenantId}`}, 0))`;
}

async function take(
  db: Transaction,
  { deliveryId, lease, mayTryFailing }: { deliveryId: string; lease: string; mayTryFailing: boolean },
): Promise<TakenRow | undefined> {
  const [row] = await db.$queryRaw<TakenRow[]>`
    UPDATE deliveries
    SET status = 'sending', attempt = attempt + 1, lease_owner = ${lease}, lease_beat = lease_beat + 1, next_attempt_at = NULL
    FROM webhooks webhook
    WHERE deliveries.id = ${deliveryId} AND deliveries.status = 'pending' AND deliveries.next_attempt_at <= clock_timestamp()
      AND webhook.id = deliveries.webhook_id AND webhook.deleted_at IS NULL AND (webhook.enabled OR deliveries.trigger = 'test')
      AND (webhook.failing_since IS NULL OR ${mayTryFailing})
      AND (SELECT count(*) FROM deliveries other WHERE other.status = 'sending' AND other.webhook_id = webhook.id)
        < CASE WHEN webhook.failing_since IS NULL THEN ${OF_A_WEBHOOK}::int ELSE 1 END
      AND (SELECT count(*) FROM deliveries other WHERE other.status = 'sending') < ${OF_A_TENANT}::int
    RETURNING deliveries.webhook_id AS "webhookId", deliveries.event_id AS "eventId", deliveries.trigger, deliveries.attempt,
      webhook.failing_since IS NOT NULL AS "isFailing", webhook.sealed_secrets AS "sealedSecrets"`;
  return row;
}

/** A webhook that was disabled or deleted in the moment its delivery was written is not told. */
async function cancelUnwanted(db: Transaction, deliveryId: string): Promise<void> {
  await db.delivery.updateMany({
    where: {
      id: deliveryId,
      status: "pending",
      OR: [{ webhook: { deletedAt: { not: null } } }, { trigger: { not: "test" }, webhook: { enabled: false } }],
    },
    data: { status: "cancelled", nextAttemptAt: null, finishedAt: await databaseNow(db), failure: DISABLED },
  });
}

/** Shows that this worker still lives. Lost once the delivery was given to somebody else. */
export async function renewDelivery({ tenantId, id, lease }: ClaimedDelivery): Promise<"ours" | "lost"> {
  const count = await withTenant(
    tenantId,
    (db) => db.$executeRaw`UPDATE deliveries SET lease_beat = lease_beat + 1 WHERE id = ${id} AND lease_owner = ${lease}`,
  );
  return count === 0 ? "lost" : "ours";
}
