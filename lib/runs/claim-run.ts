import { CHANGES_CHANNEL, changeText, notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { env } from "#lib/env.ts";
import { newId } from "#lib/ids.ts";
import { fairShare } from "#lib/runs/fair-share.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";
import { heldBack } from "#lib/runs/held-back.ts";
import type { HeldAttempt } from "#lib/runs/lease.ts";
import { lockForRun, lockSystem } from "#lib/runs/lock-system.ts";
import type { RunTrigger } from "#lib/runs/schemas.ts";

/** An attempt at a run, as its worker holds it. */
export interface ClaimedRun extends HeldAttempt {
  /** Attempts allowed; this is number `attempt`. */
  attempts: number;
  policyId: string | null;
  systemId: string;
  trigger: RunTrigger;
  destinationIds: string[];
}

/** What has to be known of a queued run before it may begin. */
interface QueuedRun {
  policyId: string | null;
  systemId: string;
  trigger: RunTrigger;
  /** The policy's of today, too, until the first attempt. */
  attempts: number;
  waitingFor: string | null;
  /** Where it goes: a policy's destinations are those of today, not of the day when the run was planned; none that was deleted since. */
  destinationIds: string[];
  isSystemBusy: boolean;
  isSystemRestored: boolean;
  isDestinationBusy: boolean;
  isTenantBusy: boolean;
  /** Whether it would take the slot that is kept for the other tenants that wait. */
  isOthersTurn: boolean;
}

/**
 * Takes a queued run for this worker, under a lease. Answers null when there is nothing to do: it is somebody else's, not due, or something that it needs
 * is busy (then the row says with what, and the dispatcher rings again). However many workers claim at once, no limit is passed: they are counted one
 * by one.
 */
export async function claimRun(tenantId: string, runId: string, workerId: string): Promise<ClaimedRun | null> {
  const share = await fairShare(tenantId);
  return withTenant(tenantId, async (db) => {
    if (!(await lockForRun(db, runId))) return null;
    const run = await readQueued(db, runId, share);
    if (!run) return null;
    const waitingFor = reasonToWait(run);
    if (waitingFor !== null) {
      if (run.waitingFor !== waitingFor) await sayWhatFor(db, tenantId, runId, waitingFor);
      return null;
    }
    const { destinationIds, attempts, policyId, systemId, trigger } = run;
    const attempt = await markRunning(db, { tenantId, id: runId, workerId, destinationIds, attempts });
    if (attempt === null) return null;
    await faultPoint("during-claim");
    return { tenantId, id: runId, attempt, workerId, attempts, policyId, systemId, trigger, destinationIds };
  });
}

async function readQueued(db: Transaction, runId: string, share: number): Promise<QueuedRun | null> {
  const { HOLDFAST_TENANT_RUNS, HOLDFAST_DESTINATION_RUNS } = env();
  const [run] = await db.$queryRaw<QueuedRun[]>`
    WITH under_way AS MATERIALIZED (SELECT system_id, destination_ids FROM runs WHERE tenant_id = current_tenant() AND status = 'running'),
    run AS (
      SELECT *, ARRAY(SELECT destination_id FROM policy_destinations link WHERE link.policy_id = runs.policy_id AND runs.attempt = 0) AS linked FROM runs
      WHERE id = ${runId} AND status = 'queued'),
    destined AS (
      SELECT run.*, ARRAY(
        SELECT id FROM destinations WHERE deleted_at IS NULL AND id = ANY(CASE WHEN linked = '{}' THEN destination_ids ELSE linked END) ORDER BY id) AS present
      FROM run)
    SELECT policy_id AS "policyId", system_id AS "systemId", trigger, waiting_for AS "waitingFor", present AS "destinationIds",
      CASE WHEN attempt = 0 AND trigger IN ('schedule', 'change')
        THEN COALESCE((SELECT policies.attempts FROM policies WHERE policies.id = destined.policy_id), attempts) ELSE attempts END AS attempts,
      EXISTS (SELECT 1 FROM under_way WHERE under_way.system_id = destined.system_id) AS "isSystemBusy",
      EXISTS (SELECT 1 FROM restores WHERE target_system_id = destined.system_id AND restores.status = 'running') AS "isSystemRestored",
      EXISTS (
        SELECT 1 FROM unnest(present) AS id
        WHERE (SELECT count(*) FROM under_way WHERE id = ANY(under_way.destination_ids)) >= ${HOLDFAST_DESTINATION_RUNS}) AS "isDestinationBusy",
      (SELECT count(*) FROM under_way) >= ${HOLDFAST_TENANT_RUNS} AS "isTenantBusy",
      (SELECT count(*) FROM under_way) >= ${share} AS "isOthersTurn"
    FROM destined`;
  return run ?? null;
}

function reasonToWait(run: QueuedRun): string | null {
  const reasons = heldBack();
  if (run.isSystemBusy) return reasons.running;
  if (run.isSystemRestored) return reasons.restoring;
  if (run.isDestinationBusy) return reasons.destination;
  if (run.isTenantBusy) return reasons.tenant;
  return run.isOthersTurn ? reasons.turn : null;
}

async function sayWhatFor(db: Transaction, tenantId: string, runId: string, waitingFor: string): Promise<void> {
  await db.run.updateMany({ where: { id: runId, status: "queued" }, data: { waitingFor } });
  await notifyChange(db, { tenantId, kinds: ["runs"], ids: [runId] });
}

/** Makes the run of a safety backup, which the worker that restores carries out itself. Answers null while the system is busy. */
export async function claimSafetyRun(
  tenantId: string,
  systemId: string,
  requestedBy: string,
  destinationIds: string[],
  workerId: string,
): Promise<ClaimedRun | null> {
  return withTenant(tenantId, async (db) => {
    await lockSystem(db, systemId);
    if (await db.run.findFirst({ where: { systemId, status: "running" }, select: { id: true } })) return null;
    const id = newId("run");
    const now = new Date();
    const first = { trigger: "safety", status: "queued", attempts: 1, dueAt: now, queuedAt: null };
    await db.run.create({ data: { id, systemId, requestedBy, destinationIds, ...first } });
    const attempt = await markRunning(db, { tenantId, id, workerId, destinationIds, attempts: 1 });
    if (attempt === null) return null;
    return { tenantId, id, attempt, workerId, attempts: 1, policyId: null, systemId, trigger: "safety", destinationIds };
  });
}

/** The one place where a run begins an attempt, which is told in the same statement. */
async function markRunning(
  db: Transaction,
  run: Pick<ClaimedRun, "tenantId" | "id" | "workerId" | "destinationIds" | "attempts">,
): Promise<number | null> {
  const { tenantId, id } = run;
  const told = changeText({ tenantId, kinds: ["runs", "overview"], ids: [id] });
  const [row] = await db.$queryRaw<{ attempt: number }[]>`
    WITH begun AS (
      UPDATE runs
      SET status = 'running', attempt = attempt + 1, attempts = ${run.attempts}, lease_owner = ${run.workerId}, lease_beat = lease_beat + 1,
        started_at = clock_timestamp(), waiting_for = NULL, failure = NULL, progress = NULL, destination_ids = ${run.destinationIds}::text[],
        occurrence = CASE WHEN occurrence = 'change' THEN 'change:' || id ELSE occurrence END
      WHERE id = ${id} AND status = 'queued' AND COALESCE(queued_at, '-infinity') <= clock_timestamp()
      RETURNING attempt)
    SELECT attempt, pg_notify(${CHANGES_CHANNEL}, ${told})::text FROM begun`;
  return row?.attempt ?? null;
}
