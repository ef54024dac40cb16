import { firstCopyAttempt } from "#lib/copies/copy-pause.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { recordEvent } from "#lib/events/record-event.ts";
import { WorkStopped } from "#lib/queue/hold-work.ts";
import type { ClaimedRun } from "#lib/runs/claim-run.ts";
import type { Described } from "#lib/runs/describe-backup.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";
import type { MadeArchive } from "#lib/runs/make-archive.ts";
import type { Attempt, PlannedBackup } from "#lib/runs/prepare-backup.ts";
import type { RunFailure } from "#lib/runs/schemas.ts";

/** A copy that a destination did not take, with the reason. */
export interface FailedCopy {
  destinationId: string;
  destinationName: string;
  failure: RunFailure;
}

/** An archive of which a copy was fetched back and proven whole. */
export interface ProvenArchive extends MadeArchive {
  crc32: number;
}

/**
 * Makes the backup and its run `completed` (`partial` when a destination failed) in one transaction that names the attempt: a worker that was too
 * slow changes nothing and gets WorkStopped "lost". Copies that failed are tried again by themselves, by jobs of their own; the run stays what it was at its
 * end. Answers the run's status.
 */
export async function completeRun(
  attempt: Attempt,
  backup: PlannedBackup,
  archive: ProvenArchive,
  described: Described,
  failed: FailedCopy[],
): Promise<"completed" | "partial"> {
  const { run } = attempt;
  const status = failed.length === 0 ? "completed" : "partial";
  await faultPoint("before-commit");
  await withTenant(run.tenantId, async (db) => {
    attempt.progress.enter("finish");
    attempt.progress.bytes = archive.sizeBytes;
    await finishHeldRun(db, attempt, backup.backupId, status, failed);
    await completeBackup(db, backup, archive, described, failed);
    await db.system.updateMany({ where: { id: run.systemId }, data: { systemVersion: backup.capture.systemVersion } });
    await tell(db, run, backup.backupId, failed);
    await faultPoint("during-commit");
    await notifyChange(db, {
      tenantId: run.tenantId,
      kinds: ["runs", "backups", "systems", "destinations", "overview", "due"],
      ids: [run.id],
    });
  });
  await faultPoint("after-commit");
  return status;
}

async function tell(db: Transaction, run: ClaimedRun, backupId: string, failed: FailedCopy[]): Promise<void> {
  const subject = { tenantId: run.tenantId, subjectKind: "run", subjectId: run.id };
  const data = { runId: run.id, systemId: run.systemId, policyId: run.policyId, trigger: run.trigger, backupId };
  if (failed.length === 0) await recordEvent(db, "run.completed", subject, data);
  else await recordEvent(db, "run.partial", subject, { ...data, failure: summaryOf(failed) });
}

async function finishHeldRun(db: Transaction, attempt: Attempt, backupId: string, status: string, failed: FailedCopy[]): Promise<void> {
  const { id, workerId, attempt: number } = attempt.run;
  const progress = JSON.stringify(attempt.progress.snapshot());
  const failure = failed.length === 0 ? null : JSON.stringify(summaryOf(failed));
  const count = await db.$executeRaw`
    UPDATE runs
    SET status = ${status}, finished_at = clock_timestamp(), lease_owner = NULL, waiting_for = NULL,
      backup_id = ${backupId}, progress = ${progress}::jsonb, failure = ${failure}::jsonb
    WHERE id = ${id} AND status = 'running' AND lease_owner = ${workerId} AND attempt = ${number}`;
  if (count === 0) throw new WorkStopped("lost");
}

async function completeBackup(
  db: Transaction,
  backup: PlannedBackup,
  archive: ProvenArchive,
  described: Described,
  failed: FailedCopy[],
): Promise<void> {
  const verifiedAt = new Date();
  const failedIds = failed.map((copy) => copy.destinationId);
  await db.backup.update({
    where: { id: backup.backupId },
    data: {
      status: "completed",
      proven: "valid",
      verifiedAt,
      sizeBytes: BigInt(archive.sizeBytes),
      plaintextBytes: BigInt(archive.tarBytes),
      entryCount: archive.index.totals.entries,
      sha256: archive.sha256,
      crc32: BigInt(archive.crc32),
      number: described.number,
      description: described.text,
      ageHeader: archive.encryption ? new Uint8Array(archive.encryption.header) : null,
    },
  });
  await db.backupCopy.updateMany({
    where: { backupId: backup.backupId, destinationId: { notIn: failedIds } },
    data: { status: "stored", verifiedAt, checkedAt: verifiedAt, uploadId: null },
  });
  // One that could not be cleared away yet waits for the sweeper first.
  await db.backupCopy.updateMany({
    where: { backupId: backup.backupId, destinationId: { in: failedIds }, nextAttemptAt: null },
    data: { nextAttemptAt: firstCopyAttempt() },
  });
}

/** Copies that failed as one failure of the run. */
export function summaryOf(failed: FailedCopy[]): RunFailure {
  const [first] = failed;
  const names = failed.map((copy) => `“${copy.destinationName}”`).join(", ");
  return {
    step: first?.failure.step ?? "store",
    message: `${names} did not take the archive: ${first?.failure.message ?? ""}`,
    mend: first?.failure.mend ?? "",
  };
}
