import { log } from "#lib/log.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { recordEvent } from "#lib/events/record-event.ts";
import { storedScheduleSchema } from "#lib/schedule/schemas.ts";
import { type DueRun, judgeDue } from "#worker/judge-due.ts";
import { planRuns } from "#worker/ledger.ts";

interface DuePair {
  tenantId: string;
  policyId: string;
  systemId: string;
  schedule: unknown;
  catchUp: string;
  windowMinutes: number;
  attempts: number;
  destinationIds: string[];
  now: Date;
  due: { id: string; occurrence: string; dueAt: string }[];
}

const missedFailure = JSON.stringify({
  step: "wait",
  message: "No worker was there when this run was due.",
  mend: "Run it now if you need this backup, and see that Holdfast's worker runs at that time.",
});

/** Queues what is due and marks what was missed. Two dispatchers at once decide the same, and each row changes once. */
export async function queueDueRuns(): Promise<void> {
  await acrossTenants("scheduler", queueChangeRuns);
  const pairs = await acrossTenants("scheduler", readDuePairs);
  for (const pair of pairs) {
    // One that cannot be settled must not hold up everybody else's.
    await acrossTenants("scheduler", (db) => settlePair(db, pair)).catch((error: unknown) =>
      log.error({ err: error, policyId: pair.policyId, systemId: pair.systemId }, "Due runs could not be queued; it is tried again"),
    );
  }
}

/** A change run is never late: it takes the newest state. From here on, a new change is a new run. */
async function queueChangeRuns(db: Transaction): Promise<void> {
  const queued = await db.$queryRaw<{ tenantId: string; id: string }[]>`
    UPDATE runs SET status = 'queued', queued_at = clock_timestamp(), occurrence = 'change:' || id
    WHERE status = 'scheduled' AND trigger = 'change' AND due_at <= clock_timestamp()
    RETURNING tenant_id AS "tenantId", id`;
  for (const run of queued) await notifyChange(db, { tenantId: run.tenantId, kinds: ["runs"], ids: [run.id] });
}

async function readDuePairs(db: Transaction): Promise<DuePair[]> {
  return db.$queryRaw<DuePair[]>`
    SELECT run.tenant_id AS "tenantId", run.policy_id AS "policyId", run.system_id AS "systemId", policy.schedule, policy.catch_up AS "catchUp",
      policy.window_minutes AS "windowMinutes", policy.attempts, clock_timestamp() AS now,
      ARRAY(SELECT destination_id FROM policy_destinations d WHERE d.tenant_id = policy.tenant_id AND d.policy_id = policy.id) AS "destinationIds",
      jsonb_agg(jsonb_build_object('id', run.id, 'occurrence', run.occurrence, 'dueAt', run.due_at)) AS due
    FROM runs run
    JOIN policies policy ON policy.tenant_id = run.tenant_id AND policy.id = run.policy_id
    WHERE run.status = 'scheduled' AND run.trigger = 'schedule' AND run.due_at <= clock_timestamp()
      AND policy.enabled AND policy.deleted_at IS NULL
    GROUP BY run.tenant_id, run.policy_id, run.system_id, policy.tenant_id, policy.id, policy.schedule, policy.catch_up, policy.window_minutes,
      policy.attempts`;
}

async function settlePair(db: Transaction, pair: DuePair): Promise<void> {
  const due: DueRun[] = pair.due.map((run) => ({ ...run, dueAt: new Date(run.dueAt) }));
  const schedule = storedScheduleSchema.parse(pair.schedule);
  const catchUp = pair.catchUp === "skip" ? "skip" : "latest";
  const verdict = judgeDue({ schedule, catchUp, windowMinutes: pair.windowMinutes, due, now: pair.now });
  await planRuns(db, pair, verdict.unplanned);
  await db.$executeRaw`DELETE FROM runs WHERE status = 'scheduled' AND id = ANY(${verdict.stale}::text[])`;
  const missed = await db.$queryRaw<{ id: string; dueAt: Date }[]>`
    UPDATE runs SET status = 'missed', finished_at = clock_timestamp(), failure = ${missedFailure}::jsonb
    WHERE tenant_id = ${pair.tenantId} AND policy_id = ${pair.policyId} AND system_id = ${pair.systemId} AND status = 'scheduled'
      AND occurrence = ANY(${verdict.missed}::text[])
    RETURNING id, due_at AS "dueAt"`;
  await tellOfMissed(db, pair, missed);
  await db.$executeRaw`
    UPDATE runs SET status = 'queued', queued_at = clock_timestamp()
    WHERE tenant_id = ${pair.tenantId} AND policy_id = ${pair.policyId} AND system_id = ${pair.systemId} AND status = 'scheduled'
      AND occurrence = ${verdict.run}`;
  await notifyChange(db, { tenantId: pair.tenantId, kinds: ["runs", "overview"] });
}

/** After a long downtime, one policy and system may have missed hundreds: the latest stands for all of them. */
async function tellOfMissed(db: Transaction, pair: DuePair, missed: { id: string; dueAt: Date }[]): Promise<void> {
  const latest = missed.toSorted((one, other) => other.dueAt.getTime() - one.dueAt.getTime())[0];
  if (!latest) return;
  const { tenantId, systemId, policyId } = pair;
  const data = { runId: latest.id, systemId, policyId, trigger: "schedule", dueAt: latest.dueAt.toISOString(), count: missed.length };
  await recordEvent(db, "run.missed", { tenantId, subjectKind: "run", subjectId: latest.id }, data);
}
