import { acrossTenants } from "#lib/db/across-tenants.ts";
import { notifyTenants } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { log } from "#lib/log.ts";
import { type DuePair, dueSettler, type Settlement } from "#worker/settle-due.ts";
import { storeSettlements } from "#worker/store-settlements.ts";

/** Planned runs that are read at once, and rows that one transaction writes at most, unless a single pair has more. */
const PAGE = 500;
const MOST_ROWS = 5000;

/**
 * Queues what is due and marks what was missed, in short transactions of many. Two dispatchers at once decide the same, each row changes once, and while
 * one of them writes, the other leaves it to it.
 */
export async function queueDueRuns(): Promise<void> {
  await acrossTenants("scheduler", queueChangeRuns);
  const givenUp: string[] = [];
  const crowds = await acrossTenants("scheduler", countCrowds);
  for (;;) {
    const pairs = await acrossTenants("scheduler", (db) => readDuePairs(db, givenUp));
    if (pairs.length === 0) return;
    const settle = dueSettler(crowds);
    const settled = pairs.flatMap((pair) => settleOrGiveUp(() => settle(pair), pair, givenUp));
    for (const settlements of chunksOf(settled)) {
      if (!(await storeTogetherOrApart(settlements, givenUp))) return;
    }
  }
}

/** How many milliseconds from now the next planned run is due; null when none is. */
export async function msUntilNextDue(db: Transaction): Promise<number | null> {
  const [next] = await db.$queryRaw<{ ms: number | null }[]>`
    SELECT extract(epoch FROM due_at - clock_timestamp())::float8 * 1000 AS ms FROM runs
    WHERE status = 'scheduled' AND due_at > (SELECT clock_timestamp()) ORDER BY due_at LIMIT 1`;
  return next?.ms ?? null;
}

/** A change run is never late: it takes the newest state. From here on, a new change is a new run. */
async function queueChangeRuns(db: Transaction): Promise<void> {
  const queued = await db.$queryRaw<{ tenantId: string }[]>`
    UPDATE runs SET status = 'queued', queued_at = clock_timestamp(), occurrence = 'change:' || id
    WHERE status = 'scheduled' AND trigger = 'change' AND due_at <= (SELECT clock_timestamp())
    RETURNING tenant_id AS "tenantId"`;
  await notifyTenants(
    db,
    queued.map((run) => run.tenantId),
    ["runs"],
  );
}

/** How many runs are due at each time, of all tenants; by milliseconds since 1970. */
export async function countCrowds(db: Transaction): Promise<Map<number, number>> {
  const rows = await db.$queryRaw<{ dueAt: Date; runs: number }[]>`
    SELECT due_at AS "dueAt", count(*)::int AS runs FROM runs
    WHERE status = 'scheduled' AND trigger = 'schedule' AND due_at <= (SELECT clock_timestamp()) GROUP BY due_at`;
  return new Map(rows.map(({ dueAt, runs }) => [dueAt.getTime(), runs]));
}

/** Those that are due for longest. What is settled is not `scheduled` any more, so that the next page has others. */
async function readDuePairs(db: Transaction, givenUp: readonly string[]): Promise<DuePair[]> {
  return db.$queryRaw<DuePair[]>`
    WITH pair AS MATERIALIZED (
      SELECT DISTINCT tenant_id, policy_id, system_id FROM (
        SELECT tenant_id, policy_id, system_id FROM runs
        WHERE status = 'scheduled' AND trigger = 'schedule' AND due_at <= (SELECT clock_timestamp())
          AND policy_id || ' ' || system_id <> ALL(${givenUp}::text[])
        ORDER BY due_at LIMIT ${PAGE}) AS oldest)
    SELECT pair.tenant_id AS "tenantId", pair.policy_id AS "policyId", pair.system_id AS "systemId", policy.schedule, policy.schedule_since AS since,
      policy.catch_up AS "catchUp", policy.window_minutes AS "windowMinutes", (SELECT clock_timestamp()) AS now,
      (policy.deleted_at IS NULL AND system.deleted_at IS NULL AND link.system_id IS NOT NULL) AS "isWanted", NOT policy.enabled AS "isPaused", due.runs AS due
    FROM pair
    JOIN policies policy ON policy.tenant_id = pair.tenant_id AND policy.id = pair.policy_id
    JOIN systems system ON system.tenant_id = pair.tenant_id AND system.id = pair.system_id
    LEFT JOIN policy_systems link ON link.tenant_id = pair.tenant_id AND link.policy_id = pair.policy_id AND link.system_id = pair.system_id
    CROSS JOIN LATERAL (
      SELECT jsonb_agg(jsonb_build_object('id', run.id, 'occurrence', run.occurrence, 'dueAt', run.due_at)) AS runs FROM runs run
      WHERE run.tenant_id = pair.tenant_id AND run.policy_id = pair.policy_id AND run.system_id = pair.system_id
        AND run.status = 'scheduled' AND run.trigger = 'schedule' AND run.due_at <= (SELECT clock_timestamp())) AS due
    WHERE due.runs IS NOT NULL`;
}

/** One that cannot be settled must not hold up everybody else's. */
function settleOrGiveUp(settle: () => Settlement, pair: DuePair, givenUp: string[]): Settlement[] {
  try {
    return [settle()];
  } catch (error) {
    giveUp(pair, givenUp, error);
    return [];
  }
}

function giveUp({ policyId, systemId }: DuePair, givenUp: string[], error: unknown): void {
  givenUp.push(`${policyId} ${systemId}`);
  log.error({ err: error, policyId, systemId }, "Due runs could not be queued; it is tried again");
}

/** Answers whether they were stored, or given up; not, when somebody else is at it. */
async function storeTogetherOrApart(settlements: readonly Settlement[], givenUp: string[]): Promise<boolean> {
  try {
    return await acrossTenants("scheduler", (db) => storeSettlements(db, settlements));
  } catch (error) {
    const [settlement] = settlements;
    if (settlement && settlements.length === 1) {
      giveUp(settlement.pair, givenUp, error);
      return true;
    }
    for (const each of settlements) if (!(await storeTogetherOrApart([each], givenUp))) return false;
    return true;
  }
}

function chunksOf(settlements: readonly Settlement[]): Settlement[][] {
  const chunks: Settlement[][] = [];
  let rows = MOST_ROWS;
  for (const settlement of settlements) {
    const more = settlement.unplanned.length + settlement.pair.due.length;
    if (rows + more > MOST_ROWS) {
      chunks.push([]);
      rows = 0;
    }
    chunks.at(-1)?.push(settlement);
    rows += more;
  }
  return chunks;
}
