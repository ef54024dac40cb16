import { checkClock } from "#lib/clock/check-clock.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { forgetOldEvents } from "#lib/events/forget-old-events.ts";
import { spreadEvents } from "#lib/events/spread-events.ts";
import { findDueMails } from "#lib/mail/due-mails.ts";
import { ringBells } from "#lib/queue/enqueue.ts";
import { forgetOldWebhooks } from "#lib/webhooks/forget-old-webhooks.ts";
import { findDeliveries } from "#worker/find-deliveries.ts";

/** What is left then has its turn at the next look: what was spread is to go out, whoever else has much to be told. */
const LONGEST_SPREADING_MS = 2000;
const FORGET_EVERY_MS = 3_600_000;

/**
 * Makes the round of what is told: events become deliveries and mails, and those that wait are rung for.
 * Forgets, once an hour, events that are long over and webhooks that were deleted.
 */
export function newTellingRound(): () => Promise<void> {
  let forgetAfterMs = performance.now();
  return async () => {
    const untilMs = performance.now() + LONGEST_SPREADING_MS;
    while ((await spreadEvents()) && performance.now() < untilMs);
    await ringBells([...(await acrossTenants("scheduler", findDueMails)), ...(await acrossTenants("scheduler", findDeliveries))]);
    if (performance.now() < forgetAfterMs) return;
    // They ask whether the clock is in doubt: nobody may have looked since it jumped.
    await checkClock();
    await acrossTenants("scheduler", (db) => forgetOldEvents(db));
    await acrossTenants("scheduler", (db) => forgetOldWebhooks(db));
    forgetAfterMs = performance.now() + FORGET_EVERY_MS;
  };
}
