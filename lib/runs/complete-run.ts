import { firstCopyAttempt } from "#lib/copies/copy-pause.ts";
import { CHANGES_CHANNEL, changeText } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { recordEvent } from "#lib/events/record-event.ts";
import { WorkStopped } from "#lib/queue/hold-work.ts";
import type { ClaimedRun } from "#lib/runs/claim-run.ts";
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

export interface CompletedRun {
  status: "completed" | "partial";
  /** Whether the run's policy has older backups of the system: the only one that it has stays. */
  hasOlder: boolean;
}

/**
 * Makes the backup and its run `completed` (`partial` when a destination failed) in one transaction that names the attempt: a worker that was too
 * slow changes nothing and gets WorkStopped "lost". Copies that failed are tried again by themselves, by jobs of their own; the run stays what it was at its
 * end.
 *
 * @param description the signed one
 */
export async function completeRun(
  attempt: Attempt,
  backup: PlannedBackup,
  archive: ProvenArchive,
  description: string,
  failed: FailedCopy[],
): Promise<CompletedRun> {
  const { run } = attempt;
  const status = failed.length === 0 ? "completed" : "partial";
  await faultPoint("before-commit");
  const hasOlder = await withTenant(run.tenantId, async (db) => {
    attempt.progress.enter("finish");
    attempt.progress.bytes = archive.sizeBytes;
    await finishHeldRun(db, attempt, backup.backupId, status, failed);
    const isThere = await completeBackup(db, backup, archive, description, failed);
    await noteVersion(db, backup);
    await tell(db, run, backup.backupId, failed);
    await faultPoint("during-commit");
    return isThere;
  });
  await faultPoint("after-commit");
  return { status, hasOlder };
}

async function noteVersion(db: Transaction, { system, capture: { systemVersion } }: PlannedBackup): Promise<void> {
  if (systemVersion === system.row.version) return;
  await db.system.updateMany({ where: { id: system.row.id }, data: { systemVersion } });
}

async function tell(db: Transaction, run: ClaimedRun, backupId: string, failed: FailedCopy[]): Promise<void> {
  const subject = { tenantId: run.tenantId, subjectKind: "run", subjectId: run.id };
  const data = { runId: run.id, systemId: run.systemId, policyId: run.policyId, trigger: run.trigger, backupId };
  if (failed.length === 0) await recordEvent(db, "run.completed", subject, data);
  else await recordEvent(db, "run.partial", subject, { ...data, failure: summaryOf(failed) });
}

/** The pages learn of it when the transaction commits. */
async function finishHeldRun(db: Transaction, attempt: Attempt, backupId: string, status: string, failed: FailedCopy[]): Promise<void> {
  const { tenantId, id, workerId, attempt: number } = attempt.run;
  const progress = JSON.stringify(attempt.progress.snapshot());
  const failure = failed.length === 0 ? null : JSON.stringify(summaryOf(failed));
  const told = changeText({ tenantId, kinds: ["runs", "backups", "systems", "destinations", "overview", "due"], ids: [id] });
  const rows = await db.$queryRaw<unknown[]>`
    WITH ended AS (
      UPDATE runs
      SET status = ${status}, finished_at = clock_timestamp(), lease_owner = NULL, waiting_for = NULL,
        backup_id = ${backupId}, progress = ${progress}::jsonb, failure = ${failure}::jsonb
      WHERE id = ${id} AND status = 'running' AND lease_owner = ${workerId} AND attempt = ${number}
      RETURNING id)
    SELECT pg_notify(${CHANGES_CHANNEL}, ${told})::text FROM ended`;
  if (rows.length === 0) throw new WorkStopped("lost");
}

/** Answers whether the policy has older backups of the system. */
async function completeBackup(
  db: Transaction,
  { backupId, number }: PlannedBackup,
  archive: ProvenArchive,
  description: string,
  failed: FailedCopy[],
): Promise<boolean> {
  const verifiedAt = new Date();
  const ageHeader = archive.encryption && new Uint8Array(archive.encryption.header);
  const [completed] = await db.$queryRaw<{ hasOlder: boolean }[]>`
    UPDATE backups
    SET status = 'completed', proven = 'valid', verified_at = ${verifiedAt}, size_bytes = ${BigInt(archive.sizeBytes)},
      plaintext_bytes = ${BigInt(archive.tarBytes)}, entry_count = ${archive.index.totals.entries}, sha256 = ${archive.sha256},
      crc32 = ${BigInt(archive.crc32)}, number = ${number}, description = ${description}, age_header = ${ageHeader}
    WHERE id = ${backupId}
    RETURNING EXISTS (
      SELECT 1 FROM backups older
      WHERE older.policy_id = backups.policy_id AND older.system_id = backups.system_id AND older.status = 'completed') AS "hasOlder"`;
  if (!completed) throw new WorkStopped("lost");
  const failedIds = failed.map((copy) => copy.destinationId);
  await db.backupCopy.updateMany({
    where: { backupId, destinationId: { notIn: failedIds } },
    data: { status: "stored", verifiedAt, checkedAt: verifiedAt, uploadId: null },
  });
  if (failedIds.length === 0) return completed.hasOlder;
  // One that could not be cleared away yet waits for the sweeper first.
  await db.backupCopy.updateMany({
    where: { backupId, destinationId: { in: failedIds }, nextAttemptAt: null },
    data: { nextAttemptAt: firstCopyAttempt() },
  });
  return completed.hasOlder;
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
