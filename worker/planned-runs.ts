import type { Transaction } from "#lib/db/client.ts";
import { newId } from "#lib/ids.ts";
import { type Occurrence, occurrencesAfter } from "#lib/schedule/due.ts";
import type { Schedule } from "#lib/schedule/schemas.ts";

/** A policy and one of its systems. */
export interface Pair {
  tenantId: string;
  policyId: string;
  systemId: string;
}

export interface PlannedRun extends Pair, Occurrence {}

/**
 * Writes planned runs down, all at once; an occurrence that has a row keeps it. Their destinations and attempts are the policy's of this moment. Names
 * exactly the columns that the scheduler may fill.
 */
export async function writePlannedRuns(db: Transaction, runs: readonly PlannedRun[]): Promise<void> {
  if (runs.length === 0) return;
  await db.$executeRaw`
    INSERT INTO runs (tenant_id, id, policy_id, system_id, trigger, occurrence, due_at, status, attempts, destination_ids)
    SELECT planned.tenant_id, planned.id, planned.policy_id, planned.system_id, 'schedule', planned.occurrence, planned.due_at, 'scheduled', policy.attempts,
      ARRAY(SELECT destination_id FROM policy_destinations link WHERE link.tenant_id = policy.tenant_id AND link.policy_id = policy.id)
    FROM unnest(${runs.map((run) => run.tenantId)}::text[], ${runs.map(() => newId("run"))}::text[], ${runs.map((run) => run.policyId)}::text[],
      ${runs.map((run) => run.systemId)}::text[], ${runs.map((run) => run.occurrence)}::text[],
      ${runs.map((run) => run.dueAt.toISOString())}::timestamptz[]) AS planned (tenant_id, id, policy_id, system_id, occurrence, due_at)
    JOIN policies policy ON policy.tenant_id = planned.tenant_id AND policy.id = planned.policy_id
    ON CONFLICT (tenant_id, policy_id, system_id, occurrence) DO NOTHING`;
}

/** What a schedule names next, reckoned once for all the systems of a page that share it. */
export function sharedOccurrences(count: number): (schedule: Schedule, after: Date) => Occurrence[] {
  const known = new Map<string, Occurrence[]>();
  return (schedule, after) => {
    const key = `${after.getTime()} ${JSON.stringify(schedule)}`;
    const found = known.get(key) ?? occurrencesAfter(schedule, after, count);
    known.set(key, found);
    return found;
  };
}
