import { leasedMails } from "#lib/mail/leased-mails.ts";
import { reapTable } from "#lib/queue/reap-table.ts";
import { leasedDeliveries } from "#lib/webhooks/leased-deliveries.ts";

/**
 * Answers what takes mail and deliveries from workers that died while they sent them: else nothing more reaches those members and webhooks, nor that the worker
 * is dead. To be called in every round, for as long as the process lives, so that it has seen a lease stand still. `nowMs` is a monotonic clock.
 */
export function newTakingFromDead(nowMs?: () => number): () => Promise<void> {
  const [mails, deliveries] = [reapTable(leasedMails, nowMs), reapTable(leasedDeliveries, nowMs)];
  return async () => {
    await mails();
    await deliveries();
  };
}
