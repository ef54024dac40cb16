import type { Transaction } from "#lib/db/client.ts";
import type { HeldRow } from "#lib/queue/still-leases.ts";

export interface HeldDelivery extends HeldRow {
  tenantId: string;
  beat: bigint;
}

/** Deliveries that somebody has in hand, in all tenants. */
export async function findHeldDeliveries(db: Transaction): Promise<HeldDelivery[]> {
  return db.$queryRaw`
    SELECT tenant_id AS "tenantId", id AS key, lease_owner AS holder, lease_beat AS beat FROM deliveries
    WHERE status = 'sending' AND lease_owner IS NOT NULL`;
}
