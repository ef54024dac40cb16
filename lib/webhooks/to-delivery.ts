import type { Transaction } from "#lib/db/client.ts";
import { NotFoundError } from "#lib/errors.ts";
import type { DeliveryDto } from "#lib/webhooks/schemas.ts";
import { MOST_ATTEMPTS } from "#lib/webhooks/retry-schedule.ts";

/** What a delivery's row is read with, to be shown. */
export const withWebhookAndType = { webhook: { select: { name: true } }, event: { select: { type: true } } } as const;

interface DeliveryRow {
  id: string;
  webhookId: string;
  webhook: { name: string };
  eventId: string;
  event: { type: string };
  trigger: string;
  status: string;
  attempt: number;
  nextAttemptAt: Date | null;
  failure: string | null;
  createdAt: Date;
  finishedAt: Date | null;
}

/** A row as the API shows it. */
export function toDelivery(row: DeliveryRow): DeliveryDto {
  return {
    id: row.id,
    webhookId: row.webhookId,
    webhookName: row.webhook.name,
    eventId: row.eventId,
    eventType: row.event.type,
    trigger: row.trigger as DeliveryDto["trigger"],
    status: row.status as DeliveryDto["status"],
    attempt: row.attempt,
    attempts: row.trigger === "test" ? 1 : MOST_ATTEMPTS,
    nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
    failure: row.failure,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

/** One delivery as the API shows it. Throws NotFoundError when it is absent, or its webhook deleted. */
export async function deliveryOrThrow(db: Transaction, id: string): Promise<DeliveryDto> {
  const row = await db.delivery.findFirst({ where: { id, webhook: { deletedAt: null } }, include: withWebhookAndType });
  if (!row) throw new NotFoundError("delivery");
  return toDelivery(row);
}
