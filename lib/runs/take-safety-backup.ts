import { setTimeout as delay } from "node:timers/promises";
import { withTenant } from "#lib/db/with-tenant.ts";
import { ConflictError } from "#lib/errors.ts";
import type { ActiveWorker } from "#lib/queue/jobs.ts";
import { destinationsFor } from "#lib/runs/destinations-for.ts";
import { claimSafetyRun } from "#lib/runs/claim-run.ts";
import { carryOut } from "#lib/runs/run-backup.ts";
import { getRunOrThrow, toRun } from "#lib/runs/to-run.ts";

const ASK_AGAIN_MS = 1000;
/** How long a run of the same system may hold the safety backup up. */
const LONGEST_WAIT_MS = 15 * 60_000;

/**
 * Backs a system up, in the worker that is about to restore it, and pins that backup. Waits for a run of the system that is under way.
 * Throws ConflictError "safety-backup-failed" when there is none to be had: then nothing may be restored.
 *
 * @param task.requestedBy the member who asked for the restore
 * @returns the backup's id
 */
export async function takeSafetyBackup(task: {
  tenantId: string;
  systemId: string;
  requestedBy: string;
  worker: Pick<ActiveWorker, "id" | "signal">;
}): Promise<string> {
  const { tenantId, systemId, worker } = task;
  const destinationIds = await withTenant(tenantId, (db) => destinationsFor(db, systemId));
  const deadline = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const run = await claimSafetyRun(tenantId, systemId, task.requestedBy, destinationIds, worker.id);
    if (run) {
      const backupId = await carryOut(run, worker.signal);
      if (backupId !== null) return backupId;
      throw await failureOfRun(tenantId, run.id);
    }
    if (performance.now() > deadline) throw failed("another run of this system has been under way for too long");
    await delay(ASK_AGAIN_MS, undefined, { signal: worker.signal });
  }
}

async function failureOfRun(tenantId: string, runId: string): Promise<ConflictError> {
  const run = toRun(await withTenant(tenantId, (db) => getRunOrThrow(db, runId)));
  return failed(run.failure?.message ?? `its run ended as ${run.status}`);
}

function failed(why: string): ConflictError {
  return new ConflictError(`Nothing was restored, because the present state could not be backed up first: ${why}`, "safety-backup-failed");
}
