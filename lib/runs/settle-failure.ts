import { notifyChange } from "#lib/db/changes.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import type { WorkStop } from "#lib/queue/hold-work.ts";
import type { ClaimedRun } from "#lib/runs/claim-run.ts";
import { recordRunFailed } from "#lib/runs/record-run-failed.ts";
import { retryDelaySeconds } from "#lib/runs/retry-delay.ts";
import type { RunFailure } from "#lib/runs/schemas.ts";

/** What becomes of a run after an attempt that did not complete. */
type Settlement = "failed" | "cancelled" | "again" | "given-back" | "lost";

/**
 * Ends an attempt that did not complete: its backup is abandoned, and its run is tried again later, given back at once, cancelled or failed. Changes nothing
 * when the run belongs to somebody else by now. Planned runs retry by themselves; a person who waits is told at once, unless it was our own fault,
 * such as a database that went away (`isOurs`).
 */
export async function settleFailure(
  run: ClaimedRun,
  stopped: WorkStop | null,
  failure: RunFailure,
  { isOurs }: { isOurs: boolean } = { isOurs: false },
): Promise<Settlement> {
  const settlement = decide(run, stopped, isOurs);
  if (settlement === "lost") return settlement;
  return withTenant(run.tenantId, async (db) => {
    const isQueued = settlement === "again" || settlement === "given-back";
    const delaySeconds = settlement === "again" ? retryDelaySeconds(run.attempt) : 0;
    // An attempt that was given back was not the run's fault and does not count.
    const moreAttempts = settlement === "given-back" ? 1 : 0;
    const shown = settlement === "failed" || settlement === "again" ? JSON.stringify(failure) : null;
    const waitingFor = settlement === "again" ? `The next attempt, number ${run.attempt + 1} of ${run.attempts}.` : null;
    // Cancelled in the moment before the attempt ended by itself: nobody asked for another one, nor wants to hear that it failed.
    const [ended] = await db.$queryRaw<{ isCancelled: boolean }[]>`
      WITH held AS (
        SELECT id, CASE WHEN cancel_requested_at IS NOT NULL THEN 'cancelled' ELSE ${isQueued ? "queued" : settlement} END AS verdict FROM runs
        WHERE id = ${run.id} AND status = 'running' AND lease_owner = ${run.workerId} AND attempt = ${run.attempt} FOR UPDATE)
      UPDATE runs
      SET status = verdict, lease_owner = NULL, attempts = attempts + ${moreAttempts}::int,
        waiting_for = CASE WHEN verdict = 'queued' THEN ${waitingFor}::text END,
        failure = CASE WHEN verdict <> 'cancelled' THEN ${shown}::jsonb END,
        queued_at = CASE WHEN verdict = 'queued' THEN clock_timestamp() + make_interval(secs => ${delaySeconds}::float8) ELSE queued_at END,
        finished_at = CASE WHEN verdict = 'queued' THEN NULL ELSE clock_timestamp() END
      FROM held WHERE runs.id = held.id
      RETURNING runs.status = 'cancelled' AS "isCancelled"`;
    if (!ended) return "lost";
    const outcome = ended.isCancelled ? "cancelled" : settlement;
    await db.backup.updateMany({ where: { runId: run.id, attempt: run.attempt, status: "writing" }, data: { status: "abandoned" } });
    if (outcome === "failed") await recordRunFailed(db, run, failure);
    await notifyChange(db, { tenantId: run.tenantId, kinds: ["runs", "overview", "due"], ids: [run.id] });
    return outcome;
  });
}

function decide(run: ClaimedRun, stopped: WorkStop | null, isOurs: boolean): Settlement {
  if (stopped === "lost" || stopped === "cancelled") return stopped;
  if (stopped === "stopping") return run.trigger === "safety" ? "failed" : "given-back";
  const isPlanned = run.trigger === "schedule" || run.trigger === "change";
  return (isPlanned || isOurs) && run.attempt < run.attempts ? "again" : "failed";
}
