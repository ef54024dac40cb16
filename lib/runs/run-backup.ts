import { removeBackup, removeCopy } from "#lib/backups/remove-backup.ts";
import { applyRetention } from "#lib/backups/apply-retention.ts";
import { openOwnDestination } from "#lib/backups/instance-mark.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { log } from "#lib/log.ts";
import { WorkStopped } from "#lib/queue/hold-work.ts";
import type { ActiveWorker } from "#lib/queue/jobs.ts";
import { type LimitedStep, limitStep } from "#lib/queue/limit-step.ts";
import { stepMs, stillMs } from "#lib/queue/step-limits.ts";
import { type ClaimedRun, claimRun } from "#lib/runs/claim-run.ts";
import { type CompletedRun, completeRun, type FailedCopy, summaryOf } from "#lib/runs/complete-run.ts";
import { describe } from "#lib/runs/describe-backup.ts";
import { failureOf, isOurs } from "#lib/runs/failure-of.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";
import { holdRun } from "#lib/runs/lease.ts";
import { type MadeArchive, makeArchive } from "#lib/runs/make-archive.ts";
import { type Attempt, type PlannedBackup, type PlannedCopy, prepareBackup } from "#lib/runs/prepare-backup.ts";
import { ProgressKeeper } from "#lib/runs/progress.ts";
import type { RunFailure } from "#lib/runs/schemas.ts";
import { settleFailure } from "#lib/runs/settle-failure.ts";
import { storeCopy } from "#lib/runs/store-copy.ts";

type Worker = Pick<ActiveWorker, "id" | "signal">;

/** The job of a run: claims it, or leaves it to whoever has it, and carries it out to its end. Throws nothing that the run's row does not tell. */
export async function runBackupJob({ tenantId, runId, worker }: { tenantId: string; runId: string; worker: Worker }): Promise<void> {
  const run = await claimRun(tenantId, runId, worker.id);
  if (run) await carryOut(run, worker.signal);
}

/** Carries out a claimed attempt. Answers the backup's id, or null when the attempt did not complete; then the run's row tells why. */
export async function carryOut(run: ClaimedRun, stopping: AbortSignal): Promise<string | null> {
  const progress = new ProgressKeeper();
  const lease = holdRun(run, stopping, progress);
  const attempt: Attempt = { run, signal: lease.signal, stopping, progress };
  const begun: Begun = { backup: null };
  let made: Made;
  let hasOlder = false;
  log.info({ runId: run.id, attempt: run.attempt, trigger: run.trigger }, "A run begins");
  try {
    await faultPoint("after-claim");
    made = await capture(attempt, begun);
    const completed = await store(attempt, made);
    hasOlder = completed.hasOlder;
    log.info({ runId: run.id, backupId: made.backup.backupId, status: completed.status }, "A run completed");
  } catch (error) {
    await fail(attempt, begun.backup, error);
    return null;
  } finally {
    lease.release();
  }
  if (hasOlder) await applyRetention({ tenantId: run.tenantId, policyId: run.policyId, systemId: run.systemId, signal: stopping });
  return made.backup.backupId;
}

/** What an attempt wrote rows for. */
interface Begun {
  backup: PlannedBackup | null;
}

interface Made {
  backup: PlannedBackup;
  archive: MadeArchive;
}

/** One signal for both: what a connector begins while preparing, it goes on with while capturing. */
async function capture(attempt: Attempt, begun: Begun): Promise<Made> {
  const { progress } = attempt;
  const isPrepared = () => progress.step !== "prepare";
  const limit: LimitedStep<Made> = {
    what: () => (isPrepared() ? "the system was captured" : "the run was prepared"),
    stillMs: () => (isPrepared() ? stillMs() : stepMs()),
    mark: () => `${progress.step} ${progress.bytes} ${progress.entries}`,
    late: ({ archive }) => void archive.release(),
  };
  return limitStep(limit, attempt.signal, async (signal) => {
    const limited = { ...attempt, signal };
    begun.backup = await prepareBackup(limited);
    await faultPoint("after-rows");
    return { backup: begun.backup, archive: await makeArchive(limited, begun.backup) };
  });
}

async function store(attempt: Attempt, { backup, archive }: Made): Promise<CompletedRun> {
  try {
    const description = describe(attempt.run, backup, archive);
    const failed: FailedCopy[] = [];
    let provenCrc32: number | null = null;
    for (const copy of backup.copies) {
      const outcome = await tryCopy(attempt, backup, archive, copy, description, provenCrc32);
      if (typeof outcome === "number") provenCrc32 = outcome;
      else failed.push(outcome);
    }
    if (provenCrc32 === null) throw new NoCopyStored(failed);
    attempt.signal.throwIfAborted();
    return await completeRun(attempt, backup, { ...archive, crc32: provenCrc32 }, description, failed);
  } finally {
    await archive.release();
  }
}

/**
 * Answers the CRC-32 of the stored archive, or why a destination did not take it, after removing what came to lie there. Throws when the run has to stop.
 */
async function tryCopy(
  attempt: Attempt,
  backup: PlannedBackup,
  archive: MadeArchive,
  copy: PlannedCopy,
  description: string,
  provenCrc32: number | null,
): Promise<number | FailedCopy> {
  const { run, signal, progress } = attempt;
  const { destinationId } = copy;
  const sent = { hasBegun: false };
  progress.enter("store", archive.sizeBytes);
  try {
    return await limitStep(storeLimit(progress), signal, async (limited) => {
      const session = await openOwnDestination({ tenantId: run.tenantId, destinationId }, limited);
      const onBegin = () => void (sent.hasBegun = true);
      const task = { attempt: { ...attempt, signal: limited }, backup, archive, copy, session, description };
      try {
        return await storeCopy({ ...task, provenCrc32, onBegin });
      } finally {
        await session.close();
      }
    });
  } catch (error) {
    signal.throwIfAborted();
    log.warn({ err: error, runId: run.id, destinationId }, "A destination did not take an archive");
    const failure = failureOf(error, progress.step);
    const row = await noteFailure(run.tenantId, backup.backupId, destinationId, { failure, ...sent });
    if (sent.hasBegun) await removeCopy(run.tenantId, row, "failed", signal);
    return { destinationId, destinationName: row.destination.name, failure };
  }
}

function storeLimit(progress: ProgressKeeper): LimitedStep<number> {
  return {
    what: () => (progress.step === "prove" ? "the archive was read back" : "the archive was stored"),
    stillMs,
    mark: () => `${progress.step} ${progress.bytes}`,
  };
}

/** Where nothing was sent yet, nothing lies that would have to be removed. */
async function noteFailure(
  tenantId: string,
  backupId: string,
  destinationId: string,
  { failure, hasBegun }: { failure: RunFailure; hasBegun: boolean },
) {
  return withTenant(tenantId, async (db) => {
    const data = { failure: failure.message, ...(hasBegun ? {} : { status: "failed" }) };
    await db.backupCopy.updateMany({ where: { backupId, destinationId }, data });
    return db.backupCopy.findFirstOrThrow({ where: { backupId, destinationId }, include: { destination: { select: { name: true } } } });
  });
}

/** Ends the attempt in its rows and removes what it stored. What fails here is left to the reaper and the sweeper. */
async function fail(attempt: Attempt, backup: PlannedBackup | null, error: unknown): Promise<void> {
  const { run, signal, stopping, progress } = attempt;
  const stop: unknown = signal.aborted ? signal.reason : error;
  const reason = stop instanceof WorkStopped ? stop.reason : null;
  const failure = error instanceof NoCopyStored ? error.failure : failureOf(error, progress.step);
  log.warn({ err: error, runId: run.id, attempt: run.attempt, reason }, "A run did not complete");
  try {
    await settleFailure(run, reason, failure, { isOurs: !(error instanceof NoCopyStored) && isOurs(error) });
    const isLeftOver = backup !== null && (await abandon(run.tenantId, backup.backupId));
    // A worker that has to end leaves the removal to the sweeper of another.
    if (isLeftOver && !stopping.aborted) await removeBackup(run.tenantId, backup.backupId, stopping);
  } catch (settling) {
    log.error({ err: settling, runId: run.id }, "The end of a run could not be written down; the reaper will do it");
  }
}

/** An attempt's own backup is nobody else's, whoever has the run by now. Answers whether there is something to remove. */
async function abandon(tenantId: string, backupId: string): Promise<boolean> {
  return withTenant(tenantId, async (db) => {
    await db.backup.updateMany({ where: { id: backupId, status: "writing" }, data: { status: "abandoned" } });
    return (await db.backup.count({ where: { id: backupId, status: "abandoned" } })) > 0;
  });
}

class NoCopyStored extends Error {
  readonly failure: RunFailure;

  constructor(failed: FailedCopy[]) {
    super("No destination took the archive.");
    this.name = "NoCopyStored";
    this.failure = summaryOf(failed);
  }
}
