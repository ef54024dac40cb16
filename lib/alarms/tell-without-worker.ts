import { acrossTenants } from "#lib/db/across-tenants.ts";
import type { Transaction } from "#lib/db/client.ts";
import { spreadEvents } from "#lib/events/spread-events.ts";
import { log } from "#lib/log.ts";
import { findDueMails } from "#lib/mail/due-mails.ts";
import { mailJob } from "#lib/mail/run-mail.ts";
import { deliverWebhookJob } from "#lib/webhooks/deliver-webhook.ts";

const MOST_SPREADS = 50;
const MOST_DELIVERIES = 200;
/** Most of the time is waiting for somebody else's server. */
const AT_ONCE = 8;

/**
 * Does what the workers' round of notifications does, where none does it: makes deliveries and mails of what happened, and sends what is due. By the same claims, so
 * that a worker that comes back meanwhile sends nothing twice. Throws nothing that one delivery or mail alone is to blame for.
 */
export async function tellWithoutWorker(signal: AbortSignal): Promise<void> {
  for (let spreads = 0; spreads < MOST_SPREADS && (await spreadEvents()); spreads += 1);
  const worker = { signal };
  const mails = await acrossTenants("scheduler", findDueMails);
  const deliveries = await acrossTenants("scheduler", findDueDeliveries);
  const jobs = [
    ...mails.map(
      ({ payload }) =>
        () =>
          mailJob({ ...payload, worker }),
    ),
    ...deliveries.map(
      ({ tenantId, id }) =>
        () =>
          deliverWebhookJob({ tenantId, deliveryId: id, worker }),
    ),
  ];
  const next = jobs.values();
  await Promise.all(Array.from({ length: AT_ONCE }, () => workOff(next, signal)));
}

async function workOff(jobs: Iterator<() => Promise<void>>, signal: AbortSignal): Promise<void> {
  for (let job = jobs.next(); !job.done && !signal.aborted; job = jobs.next()) {
    await job.value().catch((error: unknown) => log.error({ err: error }, "Something could not be told; it is tried again"));
  }
}

/** The newest first: what is wrong now matters most, and workers tell the rest. */
async function findDueDeliveries(db: Transaction): Promise<{ tenantId: string; id: string }[]> {
  return db.$queryRaw`
    SELECT tenant_id AS "tenantId", id FROM deliveries
    WHERE status = 'pending' AND next_attempt_at <= (SELECT clock_timestamp())
    ORDER BY next_attempt_at DESC LIMIT ${MOST_DELIVERIES}`;
}
