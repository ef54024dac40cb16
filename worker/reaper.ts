import { acrossTenants } from "#lib/db/across-tenants.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";
import { failAbandonedRestore } from "#lib/restores/fail-abandoned-restore.ts";
import { recordRunFailed } from "#lib/runs/record-run-failed.ts";
import { reapUpkeep } from "#worker/reap-upkeep.ts";

const runFailure = {
  step: "capture",
  message: "The worker that carried this run out ended in the middle of it.",
  mend: "Retry the run. If it happens again, look into the worker's log.",
};

interface ReapedRun {
  tenantId: string;
  id: string;
  systemId: string;
  policyId: string | null;
  trigger: string;
  status: string;
}

/** A worker without a sign of life for this many leases is forgotten. */
const FORGOTTEN_AFTER_LEASES = 10;

/** Takes runs, restores, copies and verifications from workers that no longer renew their leases. Conditional updates: two reapers at once do it once. */
export async function reap(): Promise<void> {
  await acrossTenants("scheduler", reapRuns);
  for (const restore of await acrossTenants("scheduler", findAbandonedRestores)) await failAbandonedRestore(restore.tenantId, restore.id);
  await reapUpkeep();
  const seconds = env().HOLDFAST_LEASE_SECONDS * FORGOTTEN_AFTER_LEASES;
  await acrossTenants(
    "scheduler",
    (db) => db.$executeRaw`
    DELETE FROM workers WHERE heartbeat_at < clock_timestamp() - make_interval(secs => ${seconds}::float8)`,
  );
}

/** Back to the queue after a pause that grows with the attempts, or failed when none is left. */
async function reapRuns(db: Transaction): Promise<void> {
  const baseSeconds = env().HOLDFAST_LEASE_SECONDS / 2;
  const reaped = await db.$queryRaw<ReapedRun[]>`
    WITH dead AS (
      SELECT id, CASE WHEN cancel_requested_at IS NOT NULL THEN 'cancelled' WHEN attempt < attempts THEN 'queued' ELSE 'failed' END AS verdict
      FROM runs WHERE status = 'running' AND lease_until < clock_timestamp() FOR UPDATE SKIP LOCKED)
    UPDATE runs
    SET status = verdict, lease_owner = NULL, lease_until = NULL, waiting_for = NULL,
      failure = CASE WHEN verdict = 'cancelled' THEN NULL ELSE ${JSON.stringify(runFailure)}::jsonb END,
      queued_at = CASE WHEN verdict = 'queued'
        THEN clock_timestamp() + make_interval(secs => least(3600, ${baseSeconds}::float8 * 4 ^ (attempt - 1))) ELSE queued_at END,
      finished_at = CASE WHEN verdict = 'queued' THEN NULL ELSE clock_timestamp() END
    FROM dead WHERE runs.id = dead.id
    RETURNING runs.tenant_id AS "tenantId", runs.id, runs.system_id AS "systemId", runs.policy_id AS "policyId", runs.trigger, runs.status`;
  for (const run of reaped) {
    log.warn({ runId: run.id, status: run.status }, "A run was taken from a worker that no longer renews its lease");
    if (run.status === "failed") await recordRunFailed(db, run, runFailure);
    await notifyChange(db, { tenantId: run.tenantId, kinds: ["runs", "overview"], ids: [run.id] });
  }
}

/** A restore holds a file key that is gone with its worker, or with the time it was given for: it cannot go on by itself. */
async function findAbandonedRestores(db: Transaction): Promise<{ tenantId: string; id: string }[]> {
  return db.$queryRaw`
    SELECT tenant_id AS "tenantId", id FROM restores
    WHERE status IN ('planning', 'approved', 'running') AND lease_until < clock_timestamp()`;
}
