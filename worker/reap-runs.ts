import { acrossTenants } from "#lib/db/across-tenants.ts";
import { notifyChange } from "#lib/db/changes.ts";
import { log } from "#lib/log.ts";
import { recordRunFailed } from "#lib/runs/record-run-failed.ts";
import { retryDelaySeconds } from "#lib/runs/retry-delay.ts";
import type { LeasedTable } from "#lib/queue/reap-table.ts";

const failure = {
  step: "capture",
  message: "The worker that carried this run out ended in the middle of it.",
  mend: "Retry the run. If it happens again, look into the worker's log.",
};

interface HeldRun {
  key: string;
  holder: number;
  beat: bigint;
}

interface ReapedRun {
  tenantId: string;
  id: string;
  systemId: string;
  policyId: string | null;
  trigger: string;
  status: string;
}

/** Runs under way. A dead worker's goes back to the queue after a pause that grows with the attempts, or has failed when none is left. */
export const leasedRuns: LeasedTable<HeldRun> = {
  held: (db) => db.$queryRaw<HeldRun[]>`SELECT id AS key, attempt AS holder, lease_beat AS beat FROM runs WHERE status = 'running'`,
  giveUp: async (run) => {
    await acrossTenants("scheduler", async (db) => {
      const [reaped] = await db.$queryRaw<ReapedRun[]>`
        WITH dead AS (
          SELECT id, CASE WHEN cancel_requested_at IS NOT NULL THEN 'cancelled' WHEN attempt < attempts THEN 'queued' ELSE 'failed' END AS verdict
          FROM runs WHERE id = ${run.key} AND status = 'running' AND attempt = ${run.holder} AND lease_beat = ${run.beat} FOR UPDATE SKIP LOCKED)
        UPDATE runs
        SET status = verdict, lease_owner = NULL,
          waiting_for = CASE WHEN verdict = 'queued' THEN 'The next attempt, number ' || attempt + 1 || ' of ' || attempts || '.' END,
          failure = CASE WHEN verdict = 'cancelled' THEN NULL ELSE ${JSON.stringify(failure)}::jsonb END,
          queued_at = CASE WHEN verdict = 'queued'
            THEN clock_timestamp() + make_interval(secs => ${retryDelaySeconds(run.holder)}::float8) ELSE queued_at END,
          finished_at = CASE WHEN verdict = 'queued' THEN NULL ELSE clock_timestamp() END
        FROM dead WHERE runs.id = dead.id
        RETURNING runs.tenant_id AS "tenantId", runs.id, runs.system_id AS "systemId", runs.policy_id AS "policyId", runs.trigger, runs.status`;
      if (!reaped) return;
      log.warn({ runId: reaped.id, status: reaped.status }, "A run was taken from a worker that no longer renews its lease");
      if (reaped.status === "failed") await recordRunFailed(db, reaped, failure);
      await notifyChange(db, { tenantId: reaped.tenantId, kinds: ["runs", "overview"], ids: [reaped.id] });
    });
  },
};
