import { databaseNow } from "#lib/clock/database-now.ts";
import { type AuditActor, appendAudit } from "#lib/db/audit.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { recordEvent } from "#lib/events/record-event.ts";
import { DISABLED } from "#lib/webhooks/claim-delivery.ts";

const holdfast: AuditActor = { kind: "system", id: null, label: "Holdfast", address: null };

/**
 * Disables a webhook because of what its receiver did, once: writes down why, and records `channel.failed`, so that people are told on another channel.
 * @param reason a sentence
 */
export async function disableWebhook(db: Transaction, { tenantId, id }: { tenantId: string; id: string }, reason: string): Promise<void> {
  const { count } = await db.webhook.updateMany({
    where: { id, enabled: true, deletedAt: null },
    data: { enabled: false, disabledFor: reason },
  });
  if (count === 0) return;
  await cancelWaiting(db, id);
  const { name, origin } = await db.webhook.findFirstOrThrow({ where: { id }, select: { name: true, origin: true } });
  const entry = { action: "webhook.disabled", subjectKind: "webhook", subjectId: id, subjectLabel: name, detail: { origin, reason } };
  await appendAudit(db, tenantId, holdfast, entry);
  const message = `The webhook “${name}” to ${origin} was disabled: ${reason}`;
  await recordEvent(
    db,
    "channel.failed",
    { tenantId, subjectKind: "webhook", subjectId: id },
    { channel: "webhook", channelId: id, message },
  );
  await notifyChange(db, { tenantId, kinds: ["webhooks", "deliveries"], ids: [id] });
}

/** What still waits for a webhook that is off will not be sent by itself; a person can deliver it again. */
export async function cancelWaiting(db: Transaction, webhookId: string): Promise<void> {
  await db.delivery.updateMany({
    where: { webhookId, status: "pending" },
    data: { status: "cancelled", nextAttemptAt: null, finishedAt: await databaseNow(db), failure: DISABLED },
  });
}
