import { giveUpDeadDelivery } from "#lib/webhooks/give-up-delivery.ts";
import { findHeldDeliveries, type HeldDelivery } from "#lib/webhooks/held-deliveries.ts";
import type { LeasedTable } from "#worker/reap-table.ts";

/** Deliveries to webhooks under way. Nobody knows what the receiver made of a dead one: it is sent again under the same id. */
export const leasedDeliveries: LeasedTable<HeldDelivery> = {
  held: findHeldDeliveries,
  giveUp: ({ tenantId, key, beat }) => giveUpDeadDelivery(tenantId, { id: key, beat }),
};
