import { notifyTenants } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { recordEvents } from "#lib/events/record-event.ts";
import { writePlannedRuns } from "#worker/planned-runs.ts";
import type { Settlement } from "#worker/settle-due.ts";

interface MissedRun {
  tenantId: string;
  policyId: string;
  systemId: string;
  id: string;
  dueAt: Date;
}

const noWorker = JSON.stringify({
  step: "wait",
  message: "No worker was there when this run was due.",
  mend: "Run it now if you need this backup, and see that Holdfast's worker runs at that time.",
});
const pausedBefore = JSON.stringify({
  step: "wait",
  message: "The policy was paused after this run had come due and before it began.",
  mend: "Run it now if you need this backup.",
});

/** Writes down what becomes of due runs; a row that is not `scheduled` any more stays as it is. Answers false, having done nothing, while somebody else is at it. */
export async function storeSettlements(db: Transaction, settlements: readonly Settlement[]): Promise<boolean> {
  // A process that stands still in the middle loses its connection, and with it the lock.
  const [lock] = await db.$queryRaw<{ isOurs: boolean }[]>`
    SELECT set_config('idle_in_transaction_session_timeout', '30s', true), pg_try_advisory_xact_lock(hashtextextended('due-runs', 0)) AS "isOurs"`;
  if (!lock?.isOurs) return false;
  await db.$executeRaw`DELETE FROM runs WHERE status = 'scheduled' AND id = ANY(${settlements.flatMap((each) => each.unwantedIds)}::text[])`;
  await writePlannedRuns(
    db,
    settlements.flatMap(({ pair: { tenantId, policyId, systemId }, unplanned }) =>
      unplanned.map((each) => ({ tenantId, policyId, systemId, ...each })),
    ),
  );
  await tellOfMissed(db, await markMissed(db, settlements));
  await markQueued(db, settlements);
  await notifyTenants(
    db,
    settlements.map(({ pair }) => pair.tenantId),
    ["runs", "overview", "due"],
  );
  return true;
}

async function markMissed(db: Transaction, settlements: readonly Settlement[]): Promise<MissedRun[]> {
  const missed = settlements.flatMap(({ pair, missed: occurrences }) => occurrences.map((occurrence) => ({ pair, occurrence })));
  if (missed.length === 0) return [];
  return db.$queryRaw<MissedRun[]>`
    UPDATE runs SET status = 'missed', finished_at = clock_timestamp(), failure = CASE WHEN missed.is_paused THEN ${pausedBefore}::jsonb ELSE ${noWorker}::jsonb END
    FROM unnest(${missed.map(({ pair }) => pair.tenantId)}::text[], ${missed.map(({ pair }) => pair.policyId)}::text[],
      ${missed.map(({ pair }) => pair.systemId)}::text[], ${missed.map((each) => each.occurrence)}::text[],
      ${missed.map(({ pair }) => pair.isPaused)}::boolean[]) AS missed (tenant_id, policy_id, system_id, occurrence, is_paused)
    WHERE runs.tenant_id = missed.tenant_id AND runs.policy_id = missed.policy_id AND runs.system_id = missed.system_id
      AND runs.occurrence = missed.occurrence AND runs.status = 'scheduled'
    RETURNING runs.tenant_id AS "tenantId", runs.policy_id AS "policyId", runs.system_id AS "systemId", runs.id, runs.due_at AS "dueAt"`;
}

/** After a long downtime, one policy and system may have missed hundreds: the latest stands for all of them. */
async function tellOfMissed(db: Transaction, missed: readonly MissedRun[]): Promise<void> {
  const ofPairs = Map.groupBy(missed, (run) => `${run.policyId} ${run.systemId}`).values();
  const events = [...ofPairs].flatMap((runs) => {
    const latest = runs.toSorted((one, other) => other.dueAt.getTime() - one.dueAt.getTime())[0];
    if (!latest) return [];
    const { tenantId, policyId, systemId, id: runId, dueAt } = latest;
    const data = { runId, systemId, policyId, trigger: "schedule", dueAt: dueAt.toISOString(), count: runs.length };
    return [{ subject: { tenantId, subjectKind: "run", subjectId: runId }, data }];
  });
  await recordEvents(db, "run.missed", events);
}

async function markQueued(db: Transaction, settlements: readonly Settlement[]): Promise<void> {
  const queued = settlements.flatMap(({ pair, run }) => (run ? [{ pair, run }] : []));
  if (queued.length === 0) return;
  await db.$executeRaw`
    UPDATE runs SET status = 'queued', queued_at = begun.begins_at, waiting_for = begun.waiting_for
    FROM unnest(${queued.map(({ pair }) => pair.tenantId)}::text[], ${queued.map(({ pair }) => pair.policyId)}::text[],
      ${queued.map(({ pair }) => pair.systemId)}::text[], ${queued.map(({ run }) => run.occurrence)}::text[],
      ${queued.map(({ run }) => run.beginsAt.toISOString())}::timestamptz[], ${queued.map(({ run }) => run.waitingFor)}::text[])
      AS begun (tenant_id, policy_id, system_id, occurrence, begins_at, waiting_for)
    WHERE runs.tenant_id = begun.tenant_id AND runs.policy_id = begun.policy_id AND runs.system_id = begun.system_id
      AND runs.occurrence = begun.occurrence AND runs.status = 'scheduled'`;
}
