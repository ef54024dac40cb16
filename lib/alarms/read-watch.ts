import type { LateRuns, Watch, WatchLimits, WrongClock } from "#lib/alarms/judge-watch.ts";
import { databaseNow } from "#lib/clock/database-now.ts";
import type { Transaction } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";

/** Looks that a dispatcher may leave out before it counts as gone, and the least time for that. */
const LOOKS_LEFT_OUT = 10;

/** Of runs without a policy; that of a policy unless somebody chose another. */
const USUAL_WINDOW_MINUTES = 60;

export function watchLimits(): WatchLimits {
  const { HOLDFAST_MISSING_SECONDS, HOLDFAST_DISPATCH_SECONDS } = env();
  return { longestPauseMs: Math.max(HOLDFAST_MISSING_SECONDS, LOOKS_LEFT_OUT * HOLDFAST_DISPATCH_SECONDS) * 1000 };
}

/** How the worker's side looks: as `app` with the late runs of one tenant, as `scheduler` with those of all. Null before anything ran at all. */
export async function readWatch(db: Transaction, watchedMs = process.uptime() * 1000): Promise<Watch | null> {
  const known = await db.installation.findFirst({ select: { lastDispatchAt: true, createdAt: true } });
  if (!known) return null;
  return {
    now: await databaseNow(db),
    watchedMs,
    lastLookAt: known.lastDispatchAt ?? known.createdAt,
    lateRuns: await readLateRuns(db),
    wrongClocks: await readWrongClocks(db),
  };
}

/** Living workers whose clock is not the database's. */
async function readWrongClocks(db: Transaction): Promise<WrongClock[]> {
  const { HOLDFAST_LEASE_SECONDS, HOLDFAST_CLOCK_TOLERANCE_SECONDS } = env();
  return db.$queryRaw`
    SELECT id AS "workerId", clock_ahead_ms AS "aheadMs" FROM workers
    WHERE abs(clock_ahead_ms) > ${HOLDFAST_CLOCK_TOLERANCE_SECONDS * 1000}
      AND heartbeat_at > clock_timestamp() - make_interval(secs => ${HOLDFAST_LEASE_SECONDS}::float8)
    ORDER BY id`;
}

/** Untouched ones only: what waits for another run to end says so. One that waits for its next attempt is queued anew, and counts from then. */
async function readLateRuns(db: Transaction): Promise<LateRuns[]> {
  return db.$queryRaw`
    SELECT run.tenant_id AS "tenantId", count(*)::int AS count, min(run.due_at) AS "oldestDueAt",
      min(COALESCE(run.queued_at, run.due_at) + make_interval(mins => COALESCE(policy.window_minutes, ${USUAL_WINDOW_MINUTES}::int))) AS "lateSince"
    FROM runs run LEFT JOIN policies policy ON policy.tenant_id = run.tenant_id AND policy.id = run.policy_id
    WHERE run.status IN ('scheduled', 'queued') AND run.due_at < (SELECT clock_timestamp()) - interval '1 minute'
      AND run.waiting_for IS NULL
      AND COALESCE(run.queued_at, run.due_at) < clock_timestamp() - make_interval(mins => COALESCE(policy.window_minutes, ${USUAL_WINDOW_MINUTES}::int))
      AND (run.status = 'queued' OR policy.id IS NULL OR (policy.enabled AND policy.deleted_at IS NULL))
    GROUP BY run.tenant_id ORDER BY run.tenant_id`;
}
