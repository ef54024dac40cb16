import { checkClock } from "#lib/clock/check-clock.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { env } from "#lib/env.ts";
import { forgetOldEvents } from "#lib/events/forget-old-events.ts";
import { spreadEvents } from "#lib/events/spread-events.ts";
import { findDueMails, findHeldMails, giveUpDeadMail } from "#lib/mail/due-mails.ts";
import { ringBells } from "#lib/queue/enqueue.ts";
import { StillLeases } from "#lib/queue/still-leases.ts";
import { forgetOldWebhooks } from "#lib/webhooks/forget-old-webhooks.ts";
import { findDeliveries } from "#worker/find-deliveries.ts";
import { giveUpEach } from "#worker/reap-table.ts";

/** What is left then has its turn at the next look: what was spread is to go out, whoever else has much to be told. */
const LONGEST_SPREADING_MS = 2000;
const FORGET_EVERY_MS = 3_600_000;

/**
 * Makes the round of what is told: events become deliveries and mails, mail of dead workers is taken back, waiting mail and deliveries are rung for.
 * Forgets, once an hour, events that are long over and webhooks that were deleted.
 */
export function newTellingRound(): () => Promise<void> {
  const leases = new StillLeases(env().HOLDFAST_LEASE_SECONDS * 1000);
  let forgetAfterMs = performance.now();
  return async () => {
    const untilMs = performance.now() + LONGEST_SPREADING_MS;
    while ((await spreadEvents()) && performance.now() < untilMs);
    const held = await acrossTenants("scheduler", findHeldMails);
    const watched = held.map((mail) => ({ ...mail, key: mail.id, holder: mail.leaseOwner, beat: mail.leaseBeat }));
    await giveUpEach(leases.look(watched), giveUpDeadMail);
    await ringBells([...(await acrossTenants("scheduler", findDueMails)), ...(await acrossTenants("scheduler", findDeliveries))]);
    if (performance.now() < forgetAfterMs) return;
    // They ask whether the clock is in doubt: nobody may have looked since it jumped.
    await checkClock();
    await acrossTenants("scheduler", (db) => forgetOldEvents(db));
    await acrossTenants("scheduler", (db) => forgetOldWebhooks(db));
    forgetAfterMs = performance.now() + FORGET_EVERY_MS;
  };
}
