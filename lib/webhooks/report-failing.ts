import type { Transaction } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";
import { recordEvent } from "#lib/events/record-event.ts";

interface Failed {
  tenantId: string;
  webhookId: string;
  /** Whether a delivery has come to its last attempt. */
  isExhausted: boolean;
  /** Why the last attempt failed, in a sentence. */
  failure: string;
}

/**
 * Tells, on the other channels, that a webhook fails: when a delivery has failed for good, or nothing has arrived for an hour. Once, until something arrives.
 * To be called in the transaction that has written `failing_since`: by the row's lock, whoever else fails at this moment waits, and then sees the event.
 */
export async function reportFailing(db: Transaction, { tenantId, webhookId, isExhausted, failure }: Failed): Promise<void> {
  const [untold] = await db.$queryRaw<{ name: string; origin: string; since: Date; isLong: boolean }[]>`
    SELECT name, origin, failing_since AS since,
      failing_since <= clock_timestamp() - make_interval(secs => ${env().HOLDFAST_CHANNEL_FAILING_SECONDS}::float8) AS "isLong"
    FROM webhooks WHERE id = ${webhookId} AND enabled AND deleted_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM events WHERE type = 'channel.failed' AND data ->> 'channelId' = webhooks.id AND created_at >= webhooks.failing_since)`;
  if (untold === undefined || !(untold.isLong || isExhausted)) return;
  const { name, origin, since, isLong } = untold;
  const what = isLong
    ? `Nothing has arrived at the webhook “${name}” to ${origin} since ${since.toISOString().slice(0, 16).replace("T", " ")} UTC`
    : `The webhook “${name}” to ${origin} did not take a delivery, which is not tried again by itself`;
  const subject = { tenantId, subjectKind: "webhook", subjectId: webhookId };
  await recordEvent(db, "channel.failed", subject, { channel: "webhook", channelId: webhookId, message: `${what}. Last: ${failure}` });
}
