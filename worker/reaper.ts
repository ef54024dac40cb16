import { acrossTenants } from "#lib/db/across-tenants.ts";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";
import { leasedMails } from "#lib/mail/leased-mails.ts";
import { reapTable } from "#lib/queue/reap-table.ts";
import { leasedDeliveries } from "#lib/webhooks/leased-deliveries.ts";
import { giveUpWaitingRestores, leasedRestores } from "#worker/reap-restores.ts";
import { leasedRuns } from "#worker/reap-runs.ts";
import { leasedCopies, leasedVerifications } from "#worker/reap-upkeep.ts";

/** A worker without a sign of life for this many leases is forgotten. */
const FORGOTTEN_AFTER_LEASES = 10;

/**
 * Answers what takes work from workers that no longer renew their leases, to be done at each look, again and again: a lease is dead once its beat has stood
 * still for HOLDFAST_LEASE_SECONDS of `nowMs`, this process's monotonic clock. Conditional updates: two reapers at once do it once.
 */
export function createReaper(nowMs?: () => number): () => Promise<void> {
  const rounds: Record<string, () => Promise<void>> = {
    runs: reapTable(leasedRuns, nowMs),
    restores: reapTable(leasedRestores, nowMs),
    "restores that wait": giveUpWaitingRestores,
    verifications: reapTable(leasedVerifications, nowMs),
    copies: reapTable(leasedCopies, nowMs),
    deliveries: reapTable(leasedDeliveries, nowMs),
    mails: reapTable(leasedMails, nowMs),
    workers: forgetWorkers,
  };
  return async () => {
    for (const [what, round] of Object.entries(rounds)) {
      await round().catch((error: unknown) => log.error({ err: error }, `Could not look for dead ${what}; the next look comes`));
    }
  };
}

/** One that only slept makes itself known again; so does each whose sign of life is of a future that the database's clock was set back from. */
async function forgetWorkers(): Promise<void> {
  const seconds = env().HOLDFAST_LEASE_SECONDS * FORGOTTEN_AFTER_LEASES;
  await acrossTenants(
    "scheduler",
    (db) => db.$executeRaw`
      DELETE FROM workers
      WHERE heartbeat_at NOT BETWEEN clock_timestamp() - make_interval(secs => ${seconds}::float8)
        AND clock_timestamp() + make_interval(secs => ${seconds}::float8)`,
  );
}
