import { acrossTenants } from "#lib/db/across-tenants.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { log } from "#lib/log.ts";
import { queueScheduledVerification } from "#lib/verifications/queue-scheduled-verification.ts";

/** A tenant of which nothing is due is left alone for so long. */
const LOOK_AGAIN_MS = 10 * 60_000;

/** When to look at a tenant next; a worker that starts looks at all of them. */
const quietUntil = new Map<string, number>();

/** Queues, for each tenant, the one backup whose verification is next, if it is time. Two dispatchers at once queue it once. */
export async function queueDueVerifications(): Promise<void> {
  const tenants = await acrossTenants("scheduler", (db) => db.$queryRaw<{ id: string }[]>`SELECT id FROM tenants`);
  for (const { id } of tenants) {
    if ((quietUntil.get(id) ?? 0) > Date.now()) continue;
    // One tenant's trouble must not hold up everybody else's.
    await withTenant(id, (db) => queueScheduledVerification(db, id)).then(
      (isBusy) => (isBusy ? quietUntil.delete(id) : quietUntil.set(id, Date.now() + LOOK_AGAIN_MS)),
      (error: unknown) => log.error({ err: error, tenantId: id }, "Due verifications could not be queued; it is tried again"),
    );
  }
  await acrossTenants(
    "scheduler",
    (db) => db.$executeRaw`
    DELETE FROM verifications old
    WHERE old.finished_at < clock_timestamp() - interval '1 year'
      AND EXISTS (SELECT 1 FROM verifications newer WHERE newer.backup_id = old.backup_id AND newer.created_at > old.created_at)`,
  );
}
