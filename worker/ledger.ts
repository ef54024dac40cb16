import { acrossTenants } from "#lib/db/across-tenants.ts";
import type { Transaction } from "#lib/db/client.ts";
import { newId } from "#lib/ids.ts";
import { log } from "#lib/log.ts";
import { occurrencesAfter } from "#lib/schedule/due.ts";
import { storedScheduleSchema } from "#lib/schedule/schemas.ts";

/** Runs of each policy and system that are planned ahead. */
const PLANNED_AHEAD = 2;

interface PlannedPair {
  tenantId: string;
  policyId: string;
  systemId: string;
  schedule: unknown;
  attempts: number;
  destinationIds: string[];
  now: Date;
  /** The occurrences that have a row, whatever its state, from now on. */
  known: { id: string; occurrence: string; status: string }[];
}

/**
 * Plans: for every enabled policy and system of it, the next two occurrences exist as `scheduled` rows, and no row of a policy that was edited, disabled
 * or deleted lies ahead. A row before its time is what lets a run be missed instead of forgotten. Safe to run anywhere, any number of times.
 */
export async function keepLedger(tenantId: string | null = null): Promise<void> {
  await acrossTenants("scheduler", (db) => dropOrphans(db, tenantId));
  const pairs = await acrossTenants("scheduler", (db) => readPairs(db, tenantId));
  for (const pair of pairs) await planPair(pair);
}

/** Planned runs of a policy or system that is not there or not enabled any more. */
async function dropOrphans(db: Transaction, tenantId: string | null): Promise<void> {
  await db.$executeRaw`
    DELETE FROM runs
    WHERE status = 'scheduled' AND policy_id IS NOT NULL AND (${tenantId}::text IS NULL OR tenant_id = ${tenantId})
      AND NOT EXISTS (
        SELECT 1 FROM policy_systems link
        JOIN policies policy ON policy.tenant_id = link.tenant_id AND policy.id = link.policy_id
        JOIN systems system ON system.tenant_id = link.tenant_id AND system.id = link.system_id
        WHERE link.tenant_id = runs.tenant_id AND link.policy_id = runs.policy_id AND link.system_id = runs.system_id
          AND policy.enabled AND policy.deleted_at IS NULL AND system.deleted_at IS NULL)`;
}

async function readPairs(db: Transaction, tenantId: string | null): Promise<PlannedPair[]> {
  return db.$queryRaw<PlannedPair[]>`
    SELECT link.tenant_id AS "tenantId", link.policy_id AS "policyId", link.system_id AS "systemId", policy.schedule, policy.attempts,
      clock_timestamp() AS now,
      ARRAY(SELECT destination_id FROM policy_destinations d WHERE d.tenant_id = policy.tenant_id AND d.policy_id = policy.id) AS "destinationIds",
      COALESCE((
        SELECT jsonb_agg(jsonb_build_object('id', run.id, 'occurrence', run.occurrence, 'status', run.status))
        FROM runs run
        WHERE run.tenant_id = link.tenant_id AND run.policy_id = link.policy_id AND run.system_id = link.system_id
          AND run.trigger = 'schedule' AND run.due_at > clock_timestamp()), '[]') AS known
    FROM policy_systems link
    JOIN policies policy ON policy.tenant_id = link.tenant_id AND policy.id = link.policy_id
    JOIN systems system ON system.tenant_id = link.tenant_id AND system.id = link.system_id
    WHERE policy.enabled AND policy.deleted_at IS NULL AND system.deleted_at IS NULL
      AND (${tenantId}::text IS NULL OR link.tenant_id = ${tenantId})`;
}

async function planPair(pair: PlannedPair): Promise<void> {
  const schedule = storedScheduleSchema.safeParse(pair.schedule);
  if (!schedule.success) {
    log.error({ policyId: pair.policyId }, "A policy's schedule cannot be read; nothing is planned for it");
    return;
  }
  const wanted = occurrencesAfter(schedule.data, pair.now, PLANNED_AHEAD);
  const missing = wanted.filter((each) => !pair.known.some((run) => run.occurrence === each.occurrence));
  const stale = pair.known.filter((run) => run.status === "scheduled" && !wanted.some((each) => each.occurrence === run.occurrence));
  if (missing.length === 0 && stale.length === 0) return;
  await acrossTenants("scheduler", async (db) => {
    await db.$executeRaw`DELETE FROM runs WHERE status = 'scheduled' AND id = ANY(${stale.map((run) => run.id)}::text[])`;
    await planRuns(db, pair, missing);
  });
}

/** Writes planned runs down; an occurrence that has a row keeps it. Names exactly the columns that the scheduler may fill. */
export async function planRuns(
  db: Transaction,
  pair: { tenantId: string; policyId: string; systemId: string; attempts: number; destinationIds: string[] },
  occurrences: readonly { occurrence: string; dueAt: Date }[],
): Promise<void> {
  const { tenantId, policyId, systemId, attempts, destinationIds } = pair;
  for (const { occurrence, dueAt } of occurrences) {
    await db.$executeRaw`
      INSERT INTO runs (tenant_id, id, policy_id, system_id, trigger, occurrence, due_at, status, attempts, destination_ids)
      VALUES (${tenantId}, ${newId("run")}, ${policyId}, ${systemId}, 'schedule', ${occurrence}, ${dueAt.toISOString()}::timestamptz, 'scheduled', ${attempts},
        ${destinationIds}::text[])
      ON CONFLICT (tenant_id, policy_id, system_id, occurrence) DO NOTHING`;
  }
}
