import type { OpenArchive } from "#lib/archive/archive-reader.ts";
import type { RestorePlan, SystemContext } from "#lib/connectors/connector.ts";
import { env } from "#lib/env.ts";
import { WorkStopped } from "#lib/queue/hold-work.ts";
import type { ActiveWorker } from "#lib/queue/jobs.ts";
import { type LimitedStep, limitStep } from "#lib/queue/limit-step.ts";
import { stillMs } from "#lib/queue/step-limits.ts";
import { type ClaimedRestore, claimRestore } from "#lib/restores/claim-restore.ts";
import { fetchArchive } from "#lib/restores/fetch-archive.ts";
import { takeFileKey } from "#lib/keys/file-key-grant.ts";
import { actorOf, markTargetTouched, storeFailure, storePlan, storeReport } from "#lib/restores/finish-restore.ts";
import { type HeldRestore, holdRestore } from "#lib/restores/hold-restore.ts";
import { makePlan } from "#lib/restores/make-plan.ts";
import { openBackup } from "#lib/restores/open-backup.ts";
import { failureOf, goingOn, RestoreError, type RestoreStep } from "#lib/restores/restore-failure.ts";
import { refuseUnlessStillPermitted } from "#lib/restores/still-permitted.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";
import { takeSafetyBackup } from "#lib/runs/take-safety-backup.ts";
import { type LoadedSystem, loadSystem, systemContext } from "#lib/systems/load-system.ts";
import { createConfigurationStore } from "#lib/tenants/configuration-store.ts";

export interface RestoreJob {
  tenantId: string;
  restoreId: string;
  worker: ActiveWorker;
}

/** A restore under way in this worker. */
interface Work extends HeldRestore {
  signal: AbortSignal;
  restore: ClaimedRestore;
  worker: ActiveWorker;
  /** Which step fails, should one fail. */
  step: RestoreStep;
}

interface Opened {
  archive: OpenArchive;
  target: LoadedSystem;
  context: SystemContext;
}

/** Makes the plan of a restore. Its outcome is the row's; resolves without doing anything when there is nothing to plan. */
export async function planRestoreJob({ tenantId, restoreId, worker }: RestoreJob): Promise<void> {
  const restore = await claimRestore(tenantId, restoreId, worker.id, "planning");
  if (!restore) return;
  await carryOut(restore, worker, async (work) => {
    await withOpenBackup(work, async (opened) => {
      const { plan, planHash } = await planAgain(work, opened);
      await storePlan(restore, plan, planHash);
    });
  });
}

/** Carries out a confirmed plan: makes it again, refuses if it differs, takes a safety backup, applies. */
export async function executeRestoreJob({ tenantId, restoreId, worker }: RestoreJob): Promise<void> {
  const restore = await claimRestore(tenantId, restoreId, worker.id, "approved");
  if (!restore) return;
  await carryOut(restore, worker, async (work) => {
    await withOpenBackup(work, async (opened) => {
      await refuseIfMoved(work, opened);
      const safetyBackupId = await backUpFirst(work);
      // The safety backup took its time: nothing may have moved meanwhile either.
      await refuseIfMoved(work, opened);
      await apply(work, opened, safetyBackupId);
    });
  });
}

async function carryOut(restore: ClaimedRestore, worker: ActiveWorker, task: (work: Work) => Promise<void>): Promise<void> {
  const held = holdRestore(restore, worker.signal);
  const work: Work = { ...held, restore, worker, step: "unlock" };
  const limit: LimitedStep<void> = {
    what: () => goingOn[work.step],
    stillMs: () => longestStill(work.step),
    mark: () => `${work.step} ${work.moves()}`,
  };
  try {
    await limitStep(limit, held.signal, async (signal) => {
      work.signal = signal;
      await task(work);
    });
  } catch (error) {
    const reason: unknown = held.signal.aborted ? held.signal.reason : error;
    const isCancelled = reason instanceof WorkStopped && reason.reason === "cancelled";
    await storeFailure(restore, isCancelled ? "cancelled" : "failed", failureOf(reason, work.step, restore.id));
  } finally {
    held.release();
  }
}

/** The safety backup is a run of its own, with its own limits. */
function longestStill(step: RestoreStep): number {
  if (step === "safety backup") return Infinity;
  return step === "restore" ? env().HOLDFAST_RESTORE_STILL_SECONDS * 1000 : stillMs();
}

/** The ciphertext lies in the work folder for as long as `use` takes; plaintext never does. */
async function withOpenBackup(work: Work, use: (opened: Opened) => Promise<void>): Promise<void> {
  const { restore, worker, signal } = work;
  const fileKey = await takeFileKey(restore.tenantId, restore.id, worker.identity);
  if (fileKey === null && restore.backup.ageHeader !== null) {
    throw new RestoreError(
      "no-file-key",
      "The permission to open the archive has expired.",
      "Plan the restore again and type the passphrase once more.",
    );
  }
  await refuseUnlessStillPermitted(restore);
  work.step = "fetch";
  const file = await fetchArchive(restore, work);
  try {
    work.step = "check";
    work.progress("Checking every byte of the archive");
    const archive = await openBackup(restore, { path: file.path, fileKey, signal });
    work.step = "plan";
    const target = await loadSystem(restore.tenantId, restore.targetSystemId);
    refuseOtherKind(restore, target);
    const configuration = createConfigurationStore(restore.tenantId, actorOf(restore));
    await use({ archive, target, context: { ...systemContext(restore.tenantId, signal), configuration } });
  } finally {
    await file.remove();
    fileKey?.fill(0);
  }
}

/** A restore of the configuration may have made another system of it since it was chosen. */
function refuseOtherKind({ backup }: ClaimedRestore, { row }: LoadedSystem): void {
  if (row.kind === backup.systemKind) return;
  throw new RestoreError(
    "other-kind",
    `“${row.name}” is of another kind than the backup.`,
    "Nothing was changed. Choose a system of the same kind.",
  );
}

async function planAgain(work: Work, { target, archive, context }: Opened): Promise<{ plan: RestorePlan; planHash: string }> {
  work.step = "plan";
  work.progress(`Comparing the archive with “${target.row.name}”`);
  return makePlan(work.restore, target, archive, context);
}

async function refuseIfMoved(work: Work, opened: Opened): Promise<void> {
  const { plan, planHash } = await planAgain(work, opened);
  const [blocker] = plan.blockers;
  if (blocker !== undefined)
    throw new RestoreError("blocked", `It cannot be carried out: ${blocker}`, "Nothing was changed. Mend that, then plan again.");
  if (planHash === work.restore.planHash) return;
  const message = `“${opened.target.row.name}” has changed since the plan was made, so the plan no longer says what would happen.`;
  throw new RestoreError("moved", message, "Nothing was changed. Plan the restore again and read the new plan.");
}

async function backUpFirst(work: Work): Promise<string> {
  const { restore, worker, signal } = work;
  work.step = "safety backup";
  work.progress("Backing up what is there now");
  const { tenantId, targetSystemId: systemId } = restore;
  const safetyBackupId = await takeSafetyBackup({ tenantId, systemId, requestedBy: actorOf(restore).label, worker: { ...worker, signal } });
  signal.throwIfAborted();
  return safetyBackupId;
}

async function apply(work: Work, { target, archive, context }: Opened, safetyBackupId: string): Promise<void> {
  await faultPoint("before-restore-change");
  // Stopped halfway, it would leave the target broken, and nobody goes on with it.
  work.outlast(work.worker.lastSignal);
  work.signal.throwIfAborted();
  await markTargetTouched(work.restore, safetyBackupId);
  work.step = "restore";
  await faultPoint("after-restore-mark");
  work.progress(`Restoring “${target.row.name}”`);
  const report = await target.connector.applyRestore(target.config, archive, context, (sentence) => work.progress(sentence));
  await faultPoint("after-restore-change");
  await storeReport(work.restore, report);
}
