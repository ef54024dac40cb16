import { acrossTenants } from "#lib/db/across-tenants.ts";
import type { Transaction } from "#lib/db/client.ts";
import { log } from "#lib/log.ts";
import type { Occurrence } from "#lib/schedule/due.ts";
import { storedScheduleSchema } from "#lib/schedule/schemas.ts";
import { type Pair, type PlannedRun, sharedOccurrences, writePlannedRuns } from "#worker/planned-runs.ts";

/** Runs of each policy and system that are planned ahead. */
const PLANNED_AHEAD = 2;
/** Policies' systems that are planned in one transaction. */
const PAGE = 500;
/** When a schedule that nobody can read is looked at again; an edit comes first. */
const UNREADABLE_AGAIN_MS = 3_600_000;

/** A pair whose time to be planned has come. */
interface LockedPair extends Pair {
  planAt: Date;
}

interface PlannedPair extends LockedPair {
  schedule: unknown;
  /** Whether the policy is there and enabled, and the system too. */
  isWanted: boolean;
  now: Date;
  /** Its planned runs from now on. */
  planned: { id: string; occurrence: string; trigger: string }[];
}

/** What is to change about a pair. */
interface Plan {
  missing: PlannedRun[];
  staleIds: string[];
  /** When its next run is planned; null for never. */
  planAt: Date | null;
}

/**
 * Plans: for every enabled policy and system of it, the next two occurrences exist as `scheduled` rows. A row before its time is what lets a run be missed
 * instead of forgotten. Only what is due to be planned is looked at (a run's time has come, a policy was made, edited or ended, a system went), in short
 * transactions. Any number of workers may do so at once. Who takes a system out of a policy, edits its schedule or pauses it, takes along what is not due
 * yet: the database sees to that.
 */
export async function keepLedger(): Promise<void> {
  while ((await acrossTenants("scheduler", planPage)) === PAGE);
}

/**
 * Locked first and read afterwards: an edit that is not seen yet waits for the lock, and has them planned once more. Answers how many there were.
 */
async function planPage(db: Transaction): Promise<number> {
  const locked = await db.$queryRaw<LockedPair[]>`
    SELECT tenant_id AS "tenantId", policy_id AS "policyId", system_id AS "systemId", plan_at AS "planAt" FROM policy_systems
    WHERE plan_at <= (SELECT clock_timestamp()) ORDER BY plan_at LIMIT ${PAGE} FOR UPDATE SKIP LOCKED`;
  if (locked.length === 0) return 0;
  const pairs = await readPairs(db, locked);
  const next = sharedOccurrences(PLANNED_AHEAD);
  const plans = pairs.map((pair) => planPair(pair, next));
  await db.$executeRaw`DELETE FROM runs WHERE status = 'scheduled' AND id = ANY(${plans.flatMap((plan) => plan.staleIds)}::text[])`;
  await writePlannedRuns(
    db,
    plans.flatMap((plan) => plan.missing),
  );
  await db.$executeRaw`
    UPDATE policy_systems link SET plan_at = planned.plan_at
    FROM unnest(${pairs.map((pair) => pair.tenantId)}::text[], ${pairs.map((pair) => pair.policyId)}::text[], ${pairs.map((pair) => pair.systemId)}::text[],
      ${plans.map((plan) => plan.planAt?.toISOString() ?? null)}::timestamptz[]) AS planned (tenant_id, policy_id, system_id, plan_at)
    WHERE link.tenant_id = planned.tenant_id AND link.policy_id = planned.policy_id AND link.system_id = planned.system_id`;
  return locked.length;
}

async function readPairs(db: Transaction, locked: readonly LockedPair[]): Promise<PlannedPair[]> {
  return db.$queryRaw<PlannedPair[]>`
    SELECT link.tenant_id AS "tenantId", link.policy_id AS "policyId", link.system_id AS "systemId", link.plan_at AS "planAt", policy.schedule,
      (policy.enabled AND policy.deleted_at IS NULL AND system.deleted_at IS NULL) AS "isWanted", (SELECT clock_timestamp()) AS now,
      COALESCE((
        SELECT jsonb_agg(jsonb_build_object('id', run.id, 'occurrence', run.occurrence, 'trigger', run.trigger))
        FROM runs run
        WHERE run.tenant_id = link.tenant_id AND run.policy_id = link.policy_id AND run.system_id = link.system_id
          AND run.status = 'scheduled' AND run.due_at > (SELECT clock_timestamp())), '[]') AS planned
    FROM unnest(${locked.map((pair) => pair.tenantId)}::text[], ${locked.map((pair) => pair.policyId)}::text[],
      ${locked.map((pair) => pair.systemId)}::text[], ${locked.map((pair) => pair.planAt.toISOString())}::timestamptz[])
      AS link (tenant_id, policy_id, system_id, plan_at)
    JOIN policies policy ON policy.tenant_id = link.tenant_id AND policy.id = link.policy_id
    JOIN systems system ON system.tenant_id = link.tenant_id AND system.id = link.system_id`;
}

function planPair(pair: PlannedPair, next: ReturnType<typeof sharedOccurrences>): Plan {
  const { tenantId, policyId, systemId, planned } = pair;
  if (!pair.isWanted) return { missing: [], staleIds: planned.map((run) => run.id), planAt: null };
  const schedule = storedScheduleSchema.safeParse(pair.schedule);
  if (!schedule.success) {
    log.error({ policyId }, "A policy's schedule cannot be read; nothing is planned for it");
    return { missing: [], staleIds: [], planAt: new Date(pair.now.getTime() + UNREADABLE_AGAIN_MS) };
  }
  const wanted = next(schedule.data, pair.now);
  // Made or edited while nobody was there to plan it in time. What came due after that one is found when it is settled.
  const unseen = next(schedule.data, pair.planAt)
    .slice(0, 1)
    .filter((each) => each.dueAt <= pair.now);
  const stale = planned.filter((run) => run.trigger === "schedule" && !isAmong(wanted, run));
  return {
    // An occurrence whose run was cancelled before its time has a row, too, and keeps it.
    missing: [...unseen, ...wanted].filter((each) => !isAmong(planned, each)).map((each) => ({ tenantId, policyId, systemId, ...each })),
    staleIds: stale.map((run) => run.id),
    planAt: wanted[0]?.dueAt ?? null,
  };
}

function isAmong(all: readonly Pick<Occurrence, "occurrence">[], { occurrence }: Pick<Occurrence, "occurrence">): boolean {
  return all.some((each) => each.occurrence === occurrence);
}
