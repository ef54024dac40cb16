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
 * when the run belongs to somebody else by now. Planned runs retry by themselves; a person who waits is told at once.
 */
export async function settleFailure(run: ClaimedRun, stopped: WorkStop | null, failure: RunFailure): Promise<Settlement> {
  const settlement = decide(run, stopped);
  if (settlement === "lost") return settlement;
  return withTenant(run.tenantId, async (db) => {
    const isQueued = settlement === "again" || settlement === "given-back";
    const delaySeconds = settlement === "again" ? retryDelaySeconds(run.attempt) : 0;
    const status = isQueued ? "queued" : settlement;
    // An attempt that was given back was not the run's fault and does not count.
    const moreAttempts = settlement === "given-back" ? 1 : 0;
    const shown = settlement === "failed" || settlement === "again" ? JSON.stringify(failure) : null;
    const waitingFor = settlement === "again" ? `The next attempt, number ${run.attempt + 1} of ${run.attempts}.` : null;
    const count = await db.$executeRaw`
      UPDATE runs
      SET status = ${status}, lease_owner = NULL, waiting_for = ${waitingFor}, failure = ${shown}::jsonb,
        attempts = attempts + ${moreAttempts}::int,
        queued_at = CASE WHEN ${isQueued} THEN clock_timestamp() + make_interval(secs => ${delaySeconds}::float8) ELSE queued_at END,
        finished_at = CASE WHEN ${isQueued} THEN NULL ELSE clock_timestamp() END
      WHERE id = ${run.id} AND status = 'running' AND lease_owner = ${run.workerId} AND attempt = ${run.attempt}`;
    if (count === 0) return "lost";
    await db.backup.updateMany({ where: { runId: run.id, attempt: run.attempt, status: "writing" }, data: { status: "abandoned" } });
    if (settlement === "failed") await recordRunFailed(db, run, failure);
    await notifyChange(db, { tenantId: run.tenantId, kinds: ["runs", "overview", "due"], ids: [run.id] });
    return settlement;
  });
}

function decide(run: ClaimedRun, stopped: WorkStop | null): Settlement {
  if (stopped === "lost" || stopped === "cancelled") return stopped;
  if (stopped === "stopping") return run.trigger === "safety" ? "failed" : "given-back";
  const isPlanned = run.trigger === "schedule" || run.trigger === "change";
  return isPlanned && run.attempt < run.attempts ? "again" : "failed";
}
