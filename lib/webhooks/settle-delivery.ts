import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import type { ClaimedDelivery } from "#lib/webhooks/claim-delivery.ts";
import { disableWebhook } from "#lib/webhooks/disable-webhook.ts";
import type { Outcome } from "#lib/webhooks/post-payload.ts";
import { reportFailing } from "#lib/webhooks/report-failing.ts";
import { failingTooLongSeconds, pauseAfter } from "#lib/webhooks/retry-schedule.ts";

/** An attempt that somebody made: enough to settle it. */
export interface Attempted extends Pick<ClaimedDelivery, "tenantId" | "id" | "webhookId" | "trigger" | "attempt" | "lease"> {
  /** For the reaper: the counter as it stood. Once it has moved, nothing is done. */
  beat?: bigint;
}

/** 410: this address is gone for good. */
const GONE = 410;

/**
 * Writes down what an attempt came to: delivered, tried again after a pause, or failed; and what that says of its webhook. Does nothing when the delivery
 * was given to somebody else meanwhile. Answers what became of the row.
 * @param blame whose failure it was: one of this side says nothing about the webhook
 */
export async function settleDelivery(
  delivery: Attempted,
  outcome: Outcome,
  blame: "receiver" | "nobody" = "receiver",
): Promise<"delivered" | "pending" | "failed" | "lost"> {
  const { tenantId, id, attempt } = delivery;
  return withTenant(tenantId, async (db) => {
    const verdict = verdictOn(delivery, outcome);
    if (!(await release(db, delivery, verdict, outcome.failure))) return "lost";
    const { durationMs, statusCode, answer, failure } = outcome;
    await db.deliveryAttempt.updateMany({ where: { deliveryId: id, attempt }, data: { durationMs, statusCode, answer, failure } });
    if (blame === "receiver") await judgeWebhook(db, delivery, verdict.status, outcome);
    await notifyChange(db, { tenantId, kinds: ["deliveries", "webhooks"], ids: [id] });
    return verdict.status;
  });
}

interface Verdict {
  status: "delivered" | "pending" | "failed";
  pauseMs: number | null;
}

/** A test is tried once: somebody looks at the button. */
function verdictOn({ trigger, attempt }: Attempted, { failure, statusCode, retryAfterMs }: Outcome): Verdict {
  if (failure === null) return { status: "delivered", pauseMs: null };
  const pauseMs = trigger === "test" || statusCode === GONE ? null : pauseAfter(attempt, retryAfterMs);
  return { status: pauseMs === null ? "failed" : "pending", pauseMs };
}

async function release(
  db: Transaction,
  { id, lease, beat }: Attempted,
  { status, pauseMs }: Verdict,
  failure: string | null,
): Promise<boolean> {
  const count = await db.$executeRaw`
    UPDATE deliveries
    SET status = ${status}, lease_owner = NULL, failure = ${failure},
      next_attempt_at = clock_timestamp() + make_interval(secs => ${pauseMs === null ? null : pauseMs / 1000}::float8),
      finished_at = CASE WHEN ${status}::text <> 'pending' THEN clock_timestamp() END
    WHERE id = ${id} AND lease_owner = ${lease} AND status = 'sending' AND lease_beat = COALESCE(${beat ?? null}::bigint, lease_beat)`;
  return count > 0;
}

async function judgeWebhook(
  db: Transaction,
  delivery: Attempted,
  status: Verdict["status"],
  { statusCode, failure }: Outcome,
): Promise<void> {
  const { tenantId, webhookId, trigger } = delivery;
  if (failure === null) {
    await db.webhook.updateMany({ where: { id: webhookId, failingSince: { not: null } }, data: { failingSince: null } });
    return;
  }
  if (statusCode === GONE) {
    await disableWebhook(db, { tenantId, id: webhookId }, "its receiver answered 410, which means that it wants no more deliveries.");
    return;
  }
  if (trigger === "test") return;
  const [webhook] = await db.$queryRaw<{ isTooLong: boolean }[]>`
    UPDATE webhooks SET failing_since = COALESCE(failing_since, clock_timestamp()) WHERE id = ${webhookId}
    RETURNING failing_since <= clock_timestamp() - make_interval(secs => ${failingTooLongSeconds()}::float8) AS "isTooLong"`;
  // Only with a delivery that was tried to the end: a first failure after a quiet week is no reason.
  const isExhausted = status === "failed";
  if (isExhausted && webhook?.isTooLong)
    await disableWebhook(db, { tenantId, id: webhookId }, "nothing has arrived there for five days. Last: " + failure);
  else await reportFailing(db, { tenantId, webhookId, isExhausted, failure });
}
