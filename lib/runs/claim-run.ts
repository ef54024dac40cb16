import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";
import type { HeldAttempt } from "#lib/runs/lease.ts";
import { lockSystem } from "#lib/runs/lock-system.ts";
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

/**
 * Takes a queued run for this worker, under a lease. Answers null when there is nothing to do: it is somebody else's, not due, or its
 * system is busy (then the row says with what, and the dispatcher rings again).
 */
export async function claimRun(tenantId: string, runId: string, workerId: string): Promise<ClaimedRun | null> {
  return withTenant(tenantId, async (db) => {
    const run = await db.run.findUnique({ where: { id: runId } });
    if (run?.status !== "queued") return null;
    await lockSystem(db, run.systemId);
    const waitingFor = await busyWith(db, run.systemId);
    if (waitingFor !== null) {
      if (run.waitingFor !== waitingFor) await sayWhatFor(db, tenantId, runId, waitingFor);
      return null;
    }
    const destinationIds = await presentDestinations(db, run);
    const attempt = await markRunning(db, runId, workerId, destinationIds);
    if (attempt === null) return null;
    await faultPoint("during-claim");
    await notifyChange(db, { tenantId, kinds: ["runs", "overview"], ids: [runId] });
    const { attempts, policyId, systemId } = run;
    return { tenantId, id: runId, attempt, workerId, attempts, policyId, systemId, trigger: run.trigger as RunTrigger, destinationIds };
  });
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
    const attempt = await markRunning(db, id, workerId, destinationIds);
    if (attempt === null) return null;
    await notifyChange(db, { tenantId, kinds: ["runs", "overview"], ids: [id] });
    return { tenantId, id, attempt, workerId, attempts: 1, policyId: null, systemId, trigger: "safety", destinationIds };
  });
}

/** The one place where a run begins an attempt. */
async function markRunning(db: Transaction, runId: string, workerId: string, destinationIds: string[]): Promise<number | null> {
  const [row] = await db.$queryRaw<{ attempt: number }[]>`
    UPDATE runs
    SET status = 'running', attempt = attempt + 1, lease_owner = ${workerId}, lease_beat = lease_beat + 1,
      started_at = clock_timestamp(), waiting_for = NULL, failure = NULL, progress = NULL, destination_ids = ${destinationIds}::text[],
      occurrence = CASE WHEN occurrence = 'change' THEN 'change:' || id ELSE occurrence END
    WHERE id = ${runId} AND status = 'queued' AND COALESCE(queued_at, '-infinity') <= clock_timestamp()
    RETURNING attempt`;
  return row?.attempt ?? null;
}

async function busyWith(db: Transaction, systemId: string): Promise<string | null> {
  const run = await db.run.findFirst({ where: { systemId, status: "running" }, select: { id: true } });
  if (run) return "Another run of this system is under way.";
  const restore = await db.restore.findFirst({ where: { targetSystemId: systemId, status: "running" }, select: { id: true } });
  return restore ? "This system is being restored." : null;
}

/** A policy's destinations are those of today, not of the day when the run was planned; none that was deleted since. */
async function presentDestinations(
  db: Transaction,
  run: { policyId: string | null; attempt: number; destinationIds: string[] },
): Promise<string[]> {
  const links = run.policyId === null || run.attempt > 0 ? [] : await db.policyDestination.findMany({ where: { policyId: run.policyId } });
  const wanted = links.length > 0 ? links.map((link) => link.destinationId) : run.destinationIds;
  const rows = await db.destination.findMany({
    where: { id: { in: wanted }, deletedAt: null },
    select: { id: true },
    orderBy: { id: "asc" },
  });
  return rows.map((row) => row.id);
}
