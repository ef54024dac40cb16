import { checkClock } from "#lib/clock/check-clock.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { forgetOldEvents } from "#lib/events/forget-old-events.ts";
import { spreadWaiting } from "#lib/events/spread-events.ts";
import { findDueMails } from "#lib/mail/due-mails.ts";
import { ringBells } from "#lib/queue/enqueue.ts";
import { findDueDeliveries } from "#lib/webhooks/due-deliveries.ts";
import { forgetOldWebhooks } from "#lib/webhooks/forget-old-webhooks.ts";

const FORGET_EVERY_MS = 3_600_000;

/**
 * Makes the round of what is told: events become deliveries and mails, and those that wait are rung for.
 * Forgets, once an hour, events that are long over and webhooks that were deleted.
 */
export function newTellingRound(): () => Promise<void> {
  let forgetAfterMs = performance.now();
  return async () => {
    await spreadWaiting();
    await ringBells([...(await acrossTenants("scheduler", findDueMails)), ...(await acrossTenants("scheduler", findDueDeliveries))]);
    if (performance.now() < forgetAfterMs) return;
    // They ask whether the clock is in doubt: nobody may have looked since it jumped.
    await checkClock();
    await acrossTenants("scheduler", (db) => forgetOldEvents(db));
    await acrossTenants("scheduler", (db) => forgetOldWebhooks(db));
    forgetAfterMs = performance.now() + FORGET_EVERY_MS;
  };
}
