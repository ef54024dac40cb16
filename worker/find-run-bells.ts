import type { Transaction } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";
import type { Bell } from "#lib/queue/enqueue.ts";
import { countSlots } from "#lib/runs/count-slots.ts";
import { shareBesideOthers } from "#lib/runs/fair-share.ts";

/** Of each tenant, this many runs that a person waits for go before everything else; further ones take their turns. */
const URGENT_RUNS = 3;
/** Runs that are rung for ahead, as a multiple of those that workers can carry out at once: enough that no worker waits, few enough that nobody is passed late. */
const RUNG_AHEAD = 2;
/** Of a queue, the lower the earlier; without one, first of all. */
const ORDINARY = 10;

interface WaitingRun {
  tenantId: string;
  id: string;
  attempt: number;
  isUrgent: boolean;
}

/**
 * The runs that workers should look at next. A queue is worked off in the order in which it was filled, so that it is given only what can be taken soon; who
 * is next is decided here, each time anew: first what a person waits for, a few of each tenant; then the tenants take turns, one that has less under way
 * before one that has more, and one that was served longer ago before one that just was. Among the runs of a tenant, a person's go first, then the oldest.
 * Left out is what could not begin: its system is busy, or as many runs as may be are under way in its tenant or its destination. While several tenants
 * wait, none has all the slots.
 */
export async function findRunBells(db: Transaction): Promise<Bell<"run">[]> {
  const slots = await countSlots(db);
  const { HOLDFAST_TENANT_RUNS, HOLDFAST_DESTINATION_RUNS } = env();
  const runs = await db.$queryRaw<WaitingRun[]>`
    WITH under_way AS MATERIALIZED (SELECT tenant_id, system_id, trigger, destination_ids FROM runs WHERE status = 'running'),
    tenant AS MATERIALIZED (
      SELECT tenant_id, count(*)::int AS runs, (count(*) FILTER (WHERE trigger = 'person'))::int AS urgent FROM under_way GROUP BY tenant_id),
    taken AS MATERIALIZED (
      SELECT COALESCE(array_agg(id), '{}') AS destinations FROM (
        SELECT id FROM under_way, unnest(destination_ids) AS id GROUP BY id HAVING count(*) >= ${HOLDFAST_DESTINATION_RUNS}) AS full_destination),
    restored AS MATERIALIZED (SELECT tenant_id, target_system_id FROM restores WHERE status = 'running'),
    waiting AS (
      SELECT run.tenant_id, run.id, run.attempt, run.queued_at, run.system_id, COALESCE(tenant.runs, 0) AS busy,
        run.trigger = 'person' AND
          COALESCE(tenant.urgent, 0) + row_number() OVER (PARTITION BY run.tenant_id ORDER BY run.trigger <> 'person', run.queued_at, run.id) <= ${URGENT_RUNS}
          AS urgent,
        row_number() OVER (PARTITION BY run.tenant_id ORDER BY run.trigger <> 'person', run.queued_at, run.id) AS place
      FROM runs run LEFT JOIN tenant USING (tenant_id)
      WHERE run.status = 'queued' AND COALESCE(run.queued_at, '-infinity') <= (SELECT clock_timestamp())
        AND NOT EXISTS (SELECT 1 FROM under_way WHERE under_way.tenant_id = run.tenant_id AND under_way.system_id = run.system_id)
        AND NOT EXISTS (SELECT 1 FROM restored WHERE restored.tenant_id = run.tenant_id AND restored.target_system_id = run.system_id)
        AND NOT run.destination_ids && (SELECT destinations FROM taken)),
    served AS MATERIALIZED (
      SELECT tenant_id, (SELECT max(started_at) FROM runs begun WHERE begun.tenant_id = waiting.tenant_id AND begun.started_at IS NOT NULL) AS at
      FROM (SELECT DISTINCT tenant_id FROM waiting) AS waiting)
    SELECT waiting.tenant_id AS "tenantId", waiting.id, waiting.attempt, waiting.urgent AS "isUrgent"
    FROM waiting JOIN served USING (tenant_id)
    WHERE waiting.busy + waiting.place <=
      CASE WHEN (SELECT count(*) FROM served) > 1 THEN ${shareBesideOthers(slots)}::int ELSE ${HOLDFAST_TENANT_RUNS}::int END
    ORDER BY waiting.urgent DESC, waiting.busy + waiting.place, served.at NULLS FIRST, waiting.queued_at, waiting.id
    LIMIT ${slots * RUNG_AHEAD}`;
  return runs.map(({ tenantId, id, attempt, isUrgent }) => ({
    name: "run",
    payload: { tenantId, runId: id },
    rowId: id,
    attempt: attempt + 1,
    ...(isUrgent ? {} : { priority: ORDINARY }),
  }));
}

/** How many milliseconds from now the time of the next queued run comes that waits for it; null when none does. */
export async function msUntilNextBell(db: Transaction): Promise<number | null> {
  const [next] = await db.$queryRaw<{ ms: number | null }[]>`
    SELECT extract(epoch FROM min(queued_at) - clock_timestamp())::float8 * 1000 AS ms FROM runs
    WHERE status = 'queued' AND queued_at > (SELECT clock_timestamp())`;
  return next?.ms ?? null;
}
