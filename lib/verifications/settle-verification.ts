import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { HoldfastError } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import { WorkStopped } from "#lib/queue/hold-work.ts";
import { retryDelaySeconds } from "#lib/runs/retry-delay.ts";
import type { CheckedCopy } from "#lib/verifications/check-copy.ts";
import type { ClaimedVerification } from "#lib/verifications/claim-verification.ts";
import { recordFindings } from "#lib/verifications/record-findings.ts";
import type { VerificationFailure, VerificationResult } from "#lib/verifications/schemas.ts";

/**
 * Writes down what a verification found, all of it in one transaction that names the attempt: a worker that was too slow changes nothing. Where no copy
 * is bad and some could not be reached, a scheduled one is tried again later.
 */
export async function finishVerification(verification: ClaimedVerification, checked: CheckedCopy[], note: string | null): Promise<void> {
  const { tenantId, id, backupId } = verification;
  const failure = failureOf(checked);
  const result = resultOf(checked, note);
  const isOnlyUnreachable = checked.every(({ outcome, unsound }) => ["good", "unreachable"].includes(outcome) && unsound === null);
  await withTenant(tenantId, async (db) => {
    if (failure !== null && isOnlyUnreachable && mayTryAgain(verification)) await tryAgain(db, verification, failure);
    else await endHeld(db, verification, { status: failure === null ? "completed" : "failed", failure, result });
    await recordFindings(db, verification, checked, result);
    await notifyChange(db, { tenantId, kinds: ["backups", "systems", "overview", "copies"], ids: [backupId] });
  });
  log.info({ verificationId: id, backupId, proven: result.proven, failure }, "A verification ended");
}

function resultOf(checked: CheckedCopy[], note: string | null): VerificationResult {
  const best = checked.find(({ proven }) => proven !== null);
  return {
    proven: best?.proven ?? "stored",
    copies: checked.map(({ destinationId, outcome, message }) => ({ destinationId, outcome, message })),
    opened: best?.wasOpened ?? false,
    unsound: best?.unsound ?? null,
    note,
  };
}

/** Null when everything is in order. */
function failureOf(checked: CheckedCopy[]): VerificationFailure | null {
  const wrong = checked.filter(({ outcome, unsound }) => outcome !== "good" || unsound !== null);
  if (checked.length === 0) return { message: "There is no copy to verify.", mend: "Take another backup." };
  if (wrong.length === 0) return null;
  const message = wrong.map((copy) => `“${copy.destinationName}”: ${copy.message ?? copy.unsound ?? ""}`).join(" ");
  return { message, mend: mendOf(checked, wrong) };
}

function mendOf(checked: CheckedCopy[], wrong: CheckedCopy[]): string {
  if (wrong.every(({ outcome }) => outcome === "unreachable")) {
    return "Nothing is known to be damaged. Open the destination and validate it, then verify again.";
  }
  if (wrong.some(({ unsound }) => unsound !== null)) return "Take another backup, and restore from another one.";
  const hasGood = checked.some(({ proven }) => proven !== null);
  const canMend = wrong.some(({ mendable }) => mendable);
  if (hasGood && canMend) return "It is mended by itself from what is good. Find out what else writes to that destination.";
  if (hasGood) return "The archive is good. Find out what else writes to that destination.";
  return "Take another backup now, and find out what else writes to that destination.";
}

/** Ends an attempt that could not be carried through: it was cancelled, has to be given back, or failed for a reason of our own. */
export async function endVerification(verification: ClaimedVerification, reason: unknown): Promise<void> {
  const { id, tenantId, backupId } = verification;
  if (reason instanceof WorkStopped && reason.reason === "lost") return;
  try {
    await withTenant(tenantId, async (db) => {
      await settle(db, verification, reason);
      await notifyChange(db, { tenantId, kinds: ["backups", "overview", "due"], ids: [backupId] });
    });
  } catch (error) {
    log.error({ err: error, verificationId: id }, "The end of a verification could not be written down; the reaper will do it");
  }
}

async function settle(db: Transaction, verification: ClaimedVerification, reason: unknown): Promise<void> {
  if (reason instanceof WorkStopped) {
    if (reason.reason === "cancelled") return endHeld(db, verification, { status: "cancelled", failure: null, result: null });
    return giveBack(db, verification);
  }
  log.error({ err: reason, verificationId: verification.id }, "A verification failed");
  const isKnown = reason instanceof HoldfastError;
  const message = isKnown ? reason.message : "Something went wrong on our side; it was noted in the log.";
  const failure = { message, mend: "Verify it again, and tell your operator if it stays." };
  if (mayTryAgain(verification)) return tryAgain(db, verification, failure);
  return endHeld(db, verification, { status: "failed", failure, result: null });
}

/** Whoever asked for it waits for an answer; the schedule has time. */
function mayTryAgain({ trigger, attempt, attempts }: ClaimedVerification): boolean {
  return trigger === "schedule" && attempt < attempts;
}

interface End {
  status: "completed" | "failed" | "cancelled";
  failure: VerificationFailure | null;
  result: VerificationResult | null;
}

/** Throws WorkStopped "lost" when the verification is somebody else's by now. */
async function endHeld(db: Transaction, { id, lease }: ClaimedVerification, { status, failure, result }: End): Promise<void> {
  const count = await db.$executeRaw`
    UPDATE verifications
    SET status = ${status}, failure = ${jsonOf(failure)}::jsonb, result = ${jsonOf(result)}::jsonb, progress = NULL, finished_at = clock_timestamp(),
      lease_owner = NULL
    WHERE id = ${id} AND status = 'running' AND lease_owner = ${lease}`;
  if (count === 0) throw new WorkStopped("lost");
}

/** One that was cancelled in the moment before is over instead. */
async function tryAgain(db: Transaction, { id, lease, attempt }: ClaimedVerification, failure: VerificationFailure): Promise<void> {
  const count = await db.$executeRaw`
    UPDATE verifications
    SET status = CASE WHEN cancel_requested_at IS NULL THEN 'queued' ELSE 'cancelled' END,
      failure = CASE WHEN cancel_requested_at IS NULL THEN ${jsonOf(failure)}::jsonb END, progress = NULL, lease_owner = NULL,
      finished_at = CASE WHEN cancel_requested_at IS NOT NULL THEN clock_timestamp() END,
      queued_at = clock_timestamp() + make_interval(secs => ${retryDelaySeconds(attempt)}::float8)
    WHERE id = ${id} AND status = 'running' AND lease_owner = ${lease}`;
  if (count === 0) throw new WorkStopped("lost");
}

/** An attempt that was given back was not its own fault and does not count. One that was cancelled in the moment before is over. */
async function giveBack(db: Transaction, { id, lease }: ClaimedVerification): Promise<void> {
  await db.$executeRaw`
    UPDATE verifications
    SET status = CASE WHEN cancel_requested_at IS NULL THEN 'queued' ELSE 'cancelled' END, progress = NULL, lease_owner = NULL,
      finished_at = CASE WHEN cancel_requested_at IS NOT NULL THEN clock_timestamp() END, attempts = attempts + 1, queued_at = clock_timestamp()
    WHERE id = ${id} AND status = 'running' AND lease_owner = ${lease}`;
}

function jsonOf(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
