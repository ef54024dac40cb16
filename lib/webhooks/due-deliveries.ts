import type { Transaction } from "#lib/db/client.ts";
import type { Bell } from "#lib/queue/enqueue.ts";

const MOST_BELLS = 200;
/** Of one webhook in one look; when one is done, its worker rings for the next. */
const OF_A_WEBHOOK = 2;

interface Due {
  tenantId: string;
  id: string;
  attempt: number;
}

/**
 * Deliveries whose time has come: a person's test first, one of each tenant, then the tenants taking turns, and in each its webhooks. The index `deliveries_pending_idx` leads
 * from webhook to webhook, so that a million that wait for one cost no more than two.
 */
export async function findDueDeliveries(db: Transaction): Promise<Bell<"webhook.deliver">[]> {
  const tests = await db.$queryRaw<Due[]>`
    SELECT "tenantId", id, attempt FROM (
      SELECT DISTINCT ON (tenant_id) tenant_id AS "tenantId", id, attempt, next_attempt_at FROM deliveries
      WHERE status = 'pending' AND trigger = 'test' ORDER BY tenant_id, next_attempt_at) test
    ORDER BY next_attempt_at LIMIT ${MOST_BELLS}`;
  const others = await db.$queryRaw<Due[]>`
    WITH RECURSIVE waiting AS (
      (SELECT tenant_id, webhook_id FROM deliveries WHERE status = 'pending' ORDER BY tenant_id, webhook_id LIMIT 1)
      UNION ALL
      SELECT next.tenant_id, next.webhook_id FROM waiting CROSS JOIN LATERAL (
        SELECT tenant_id, webhook_id FROM deliveries
        WHERE status = 'pending' AND (tenant_id, webhook_id) > (waiting.tenant_id, waiting.webhook_id)
        ORDER BY tenant_id, webhook_id LIMIT 1) next),
    due AS (
      SELECT first.*, row_number() OVER (PARTITION BY first.tenant_id, first.webhook_id ORDER BY first.next_attempt_at) AS webhooks_turn
      FROM waiting CROSS JOIN LATERAL (
        SELECT tenant_id, webhook_id, id, attempt, next_attempt_at FROM deliveries
        WHERE status = 'pending' AND tenant_id = waiting.tenant_id AND webhook_id = waiting.webhook_id
          AND next_attempt_at <= (SELECT clock_timestamp())
        ORDER BY next_attempt_at LIMIT ${OF_A_WEBHOOK}) first)
    SELECT tenant_id AS "tenantId", id, attempt FROM due
    ORDER BY row_number() OVER (PARTITION BY tenant_id ORDER BY webhooks_turn, next_attempt_at), next_attempt_at LIMIT ${MOST_BELLS}`;
  return [...tests, ...others].map(({ tenantId, id, attempt }) => ({
    name: "webhook.deliver",
    payload: { tenantId, deliveryId: id },
    rowId: id,
    attempt: attempt + 1,
  }));
}
