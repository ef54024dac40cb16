import { giveUpDeadCopy } from "#lib/copies/give-up-dead-copy.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";

const verificationFailure = JSON.stringify({
  message: "The worker that verified this backup ended in the middle of it, more than once.",
  mend: "Verify it again. If it happens again, look into the worker's log.",
});

/** Takes copies and verifications from workers that no longer renew their leases. Conditional updates: two reapers at once do it once. */
export async function reapUpkeep(): Promise<void> {
  await acrossTenants("scheduler", reapVerifications);
  for (const { tenantId, ...copy } of await acrossTenants("scheduler", findDeadCopies)) await giveUpDeadCopy(tenantId, copy);
}

/** A file key that was handed over is gone with its worker; the next attempt then goes as far as it can without. */
async function reapVerifications(db: Transaction): Promise<void> {
  const baseSeconds = env().HOLDFAST_LEASE_SECONDS / 2;
  const reaped = await db.$queryRaw<{ tenantId: string; id: string; backupId: string; status: string }[]>`
    WITH dead AS (
      SELECT id, CASE WHEN cancel_requested_at IS NOT NULL THEN 'cancelled' WHEN attempt < attempts THEN 'queued' ELSE 'failed' END AS verdict
      FROM verifications WHERE status = 'running' AND lease_until < clock_timestamp() FOR UPDATE SKIP LOCKED)
    UPDATE verifications
    SET status = verdict, lease_owner = NULL, lease_until = NULL,
      failure = CASE WHEN verdict = 'failed' THEN ${verificationFailure}::jsonb END,
      queued_at = CASE WHEN verdict = 'queued'
        THEN clock_timestamp() + make_interval(secs => least(3600, ${baseSeconds}::float8 * 4 ^ (attempt - 1))) ELSE queued_at END,
      finished_at = CASE WHEN verdict = 'queued' THEN NULL ELSE clock_timestamp() END
    FROM dead WHERE verifications.id = dead.id
    RETURNING verifications.tenant_id AS "tenantId", verifications.id, verifications.backup_id AS "backupId", verifications.status`;
  for (const { tenantId, id, backupId, status } of reaped) {
    log.warn({ verificationId: id, status }, "A verification was taken from a worker that no longer renews its lease");
    await notifyChange(db, { tenantId, kinds: ["backups"], ids: [backupId] });
  }
}

async function findDeadCopies(db: Transaction): Promise<{ tenantId: string; backupId: string; destinationId: string }[]> {
  return db.$queryRaw`
    SELECT tenant_id AS "tenantId", backup_id AS "backupId", destination_id AS "destinationId" FROM backup_copies
    WHERE lease_owner IS NOT NULL AND lease_until < clock_timestamp()`;
}
