import { giveUpDeadCopy } from "#lib/copies/give-up-dead-copy.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { notifyChange } from "#lib/db/changes.ts";
import { log } from "#lib/log.ts";
import { retryDelaySeconds } from "#lib/runs/retry-delay.ts";
import type { LeasedTable } from "#lib/queue/reap-table.ts";

const verificationFailure = JSON.stringify({
  message: "The worker that verified this backup ended in the middle of it, more than once.",
  mend: "Verify it again. If it happens again, look into the worker's log.",
});

interface HeldVerification {
  key: string;
  holder: string;
  beat: bigint;
  attempt: number;
}

/** Verifications under way. A file key that was handed over is gone with its worker; the next attempt then goes as far as it can without. */
export const leasedVerifications: LeasedTable<HeldVerification> = {
  held: (db) => db.$queryRaw<HeldVerification[]>`
    SELECT id AS key, lease_owner AS holder, lease_beat AS beat, attempt FROM verifications WHERE status = 'running' AND lease_owner IS NOT NULL`,
  giveUp: async ({ key, holder, beat, attempt }) => {
    await acrossTenants("scheduler", async (db) => {
      const [reaped] = await db.$queryRaw<{ tenantId: string; id: string; backupId: string; status: string }[]>`
        WITH dead AS (
          SELECT id, CASE WHEN cancel_requested_at IS NOT NULL THEN 'cancelled' WHEN attempt < attempts THEN 'queued' ELSE 'failed' END AS verdict
          FROM verifications WHERE id = ${key} AND status = 'running' AND lease_owner = ${holder} AND lease_beat = ${beat} FOR UPDATE SKIP LOCKED)
        UPDATE verifications
        SET status = verdict, lease_owner = NULL,
          failure = CASE WHEN verdict = 'failed' THEN ${verificationFailure}::jsonb END,
          queued_at = CASE WHEN verdict = 'queued'
            THEN clock_timestamp() + make_interval(secs => ${retryDelaySeconds(attempt)}::float8) ELSE queued_at END,
          finished_at = CASE WHEN verdict = 'queued' THEN NULL ELSE clock_timestamp() END
        FROM dead WHERE verifications.id = dead.id
        RETURNING verifications.tenant_id AS "tenantId", verifications.id, verifications.backup_id AS "backupId", verifications.status`;
      if (!reaped) return;
      log.warn({ verificationId: key, status: reaped.status }, "A verification was taken from a worker that no longer renews its lease");
      await notifyChange(db, { tenantId: reaped.tenantId, kinds: ["backups"], ids: [reaped.backupId] });
    });
  },
};

interface HeldCopy {
  tenantId: string;
  key: string;
  backupId: string;
  destinationId: string;
  holder: string;
  beat: bigint;
}

/** Copies that somebody makes, mends or removes. */
export const leasedCopies: LeasedTable<HeldCopy> = {
  held: (db) => db.$queryRaw<HeldCopy[]>`
    SELECT tenant_id AS "tenantId", backup_id || '/' || destination_id AS key, backup_id AS "backupId", destination_id AS "destinationId",
      lease_owner AS holder, lease_beat AS beat
    FROM backup_copies WHERE lease_owner IS NOT NULL`,
  giveUp: ({ tenantId, backupId, destinationId, holder, beat }) =>
    giveUpDeadCopy(tenantId, { backupId, destinationId, lease: holder, beat }),
};
