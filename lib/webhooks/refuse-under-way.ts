import type { Transaction } from "#lib/db/client.ts";
import { ConflictError } from "#lib/errors.ts";
import { lockDeliveries } from "#lib/webhooks/claim-delivery.ts";

/** Throws ConflictError while such a delivery waits or is being sent: whoever presses a button often asks for no more than once. */
export async function refuseUnderWay(
  db: Transaction,
  tenantId: string,
  delivery: { webhookId: string } & ({ trigger: string } | { eventId: string }),
): Promise<void> {
  await lockDeliveries(db, tenantId);
  if ((await db.delivery.count({ where: { ...delivery, status: { in: ["pending", "sending"] } } })) === 0) return;
  throw new ConflictError("This is still being delivered. Wait until it has ended, then try again.", "delivery-under-way");
}
