import { acrossTenants } from "#lib/db/across-tenants.ts";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";
import { findHeldMails, giveUpDeadMail } from "#lib/mail/due-mails.ts";
import { StillLeases } from "#lib/queue/still-leases.ts";
import { giveUpDeadDelivery } from "#lib/webhooks/give-up-delivery.ts";
import { findHeldDeliveries } from "#lib/webhooks/held-deliveries.ts";

/**
 * Answers what takes mail and deliveries from workers that died while they sent them: else nothing more reaches those members and webhooks, nor that the worker
 * is dead. To be called in every round, for as long as the process lives, so that it has seen a lease stand still. `nowMs` is a monotonic clock.
 */
export function newTakingFromDead(nowMs?: () => number): () => Promise<void> {
  const leaseMs = env().HOLDFAST_LEASE_SECONDS * 1000;
  const [mails, deliveries] = [new StillLeases(leaseMs, nowMs), new StillLeases(leaseMs, nowMs)];
  return async () => {
    const held = await acrossTenants("scheduler", findHeldMails);
    const watched = held.map((mail) => ({ ...mail, key: mail.id, holder: mail.leaseOwner, beat: mail.leaseBeat }));
    for (const dead of mails.look(watched)) await giveUpDeadMail(dead).catch(say);
    for (const { tenantId, key: id, beat } of deliveries.look(await acrossTenants("scheduler", findHeldDeliveries)))
      await giveUpDeadDelivery(tenantId, { id, beat }).catch(say);
  };
}

/** One row that cannot be taken must not keep the others from being. */
function say(error: unknown): void {
  log.error({ err: error }, "What a dead worker was sending could not be taken from it; it is tried again");
}
