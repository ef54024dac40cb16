import type { LeasedTable, TenantRow } from "#lib/queue/reap-table.ts";
import { giveUpDeadDelivery } from "#lib/webhooks/give-up-delivery.ts";

/** Deliveries under way, in all tenants. Nobody knows what the receiver made of a dead one: it is sent again under the same id. */
export const leasedDeliveries: LeasedTable<TenantRow> = {
  held: (db) => db.$queryRaw`
    SELECT tenant_id AS "tenantId", id AS key, lease_owner AS holder, lease_beat AS beat FROM deliveries
    WHERE status = 'sending' AND lease_owner IS NOT NULL`,
  giveUp: ({ tenantId, key, beat }) => giveUpDeadDelivery(tenantId, { id: key, beat }),
};
