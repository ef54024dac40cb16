import { checkClock } from "#lib/clock/check-clock.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { log } from "#lib/log.ts";
import { forgetOldVerifications } from "#lib/verifications/forget-old-verifications.ts";
import { queueScheduledVerifications } from "#lib/verifications/queue-scheduled-verifications.ts";

const FORGET_EVERY_MS = 3_600_000;

/** When to look at a tenant next, by the monotonic clock, which nobody sets back; a worker that starts looks at all of them. */
const quietUntilMs = new Map<string, number>();
let forgetAfterMs = 0;

/** Queues, for each tenant, the verifications whose turn has come. Two workers at once queue them once. Forgets, once an hour, what is long over. */
export async function queueDueVerifications(): Promise<void> {
  const tenants = await acrossTenants("scheduler", (db) => db.$queryRaw<{ id: string }[]>`SELECT id FROM tenants`);
  for (const { id } of tenants) {
    if ((quietUntilMs.get(id) ?? 0) > performance.now()) continue;
    // One tenant's trouble must not hold up everybody else's.
    await withTenant(id, (db) => queueScheduledVerifications(db, id)).then(
      (quietMs) => quietUntilMs.set(id, performance.now() + quietMs),
      (error: unknown) => log.error({ err: error, tenantId: id }, "Due verifications could not be queued; it is tried again"),
    );
  }
  if (performance.now() < forgetAfterMs) return;
  // It asks whether the clock is in doubt: nobody may have looked since it jumped.
  await checkClock();
  await acrossTenants("scheduler", forgetOldVerifications);
  forgetAfterMs = performance.now() + FORGET_EVERY_MS;
}
