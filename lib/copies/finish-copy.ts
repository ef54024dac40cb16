import { LockedError } from "#lib/backups/locked-error.ts";
import { removeCopy } from "#lib/backups/remove-backup.ts";
import type { ClaimedCopy, CopyWork } from "#lib/copies/claim-copy.ts";
import { nextCopyAttempt } from "#lib/copies/copy-pause.ts";
import { forgetFailure, recordSameBytes } from "#lib/copies/same-bytes.ts";
import { type AuditActor, appendAudit } from "#lib/db/audit.ts";
import { notifyChange } from "#lib/db/changes.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { HoldfastError } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import { WorkStopped } from "#lib/queue/hold-work.ts";

const holdfast: AuditActor = { kind: "system", id: null, label: "Holdfast", address: null };

/** Only this attempt's own row, and only while nobody deletes its backup. */
const held = ({ backupId, destinationId, lease }: ClaimedCopy) => ({
  backupId,
  destinationId,
  leaseOwner: lease,
  backup: { status: "completed" },
});

const released = { leaseOwner: null };

/** Makes a copy `stored`. Throws WorkStopped "lost" when it is somebody else's by now. */
export async function finishCopy({ copy }: CopyWork, lockedUntil: Date | null): Promise<void> {
  const { tenantId, backupId, destinationId, backup } = copy;
  await withTenant(tenantId, async (db) => {
    const now = new Date();
    // Where only what lies beside it was mended, nobody has read the archive again.
    const isProven = copy.before !== "stored";
    const done = { status: "stored", lockedUntil, failure: null, uploadId: null, attempts: 0, nextAttemptAt: null };
    const data = { ...done, ...released, ...(isProven && { verifiedAt: now, checkedAt: now }) };
    const { count } = await db.backupCopy.updateMany({ where: held(copy), data });
    if (count === 0) throw new WorkStopped("lost");
    if (isProven) await recordSameBytes(db, backup);
    else await forgetFailure(db, backup.id);
    const detail = { destinationId, objectKey: copy.objectKey, was: copy.before, attempts: copy.attempts };
    const subject = { subjectKind: "backup", subjectId: backupId, subjectLabel: backup.systemName };
    await appendAudit(db, tenantId, holdfast, { ...subject, action: "backup.copyStored", detail });
    await notifyChange(db, { tenantId, kinds: ["backups", "systems", "overview", "audit"], ids: [backupId] });
  });
  log.info({ backupId, destinationId }, "A copy is in order");
}

/** Ends an attempt that did not succeed: its row says why and when the next one is, and what came to lie there is removed. */
export async function failCopy(work: CopyWork, error: unknown, stopping: AbortSignal): Promise<void> {
  const { copy, signal } = work;
  const { tenantId, backupId, destinationId } = copy;
  const stop: unknown = signal.aborted ? signal.reason : error;
  log.warn({ err: error, backupId, destinationId }, "A copy could not be brought in order");
  try {
    if (stop instanceof WorkStopped && stop.reason === "lost") {
      await clearAfterLoss(work, stopping);
      return;
    }
    const isGivenBack = stop instanceof WorkStopped;
    const after = work.hasTouched ? { status: "deleting" } : { status: copy.before };
    const data = isGivenBack
      ? { attempts: copy.attempts - 1, nextAttemptAt: new Date() }
      : { failure: sentenceOf(error), checkedAt: new Date(), ...nextAfter(error, copy.attempts) };
    const isOurs = await withTenant(tenantId, async (db) => {
      const { count } = await db.backupCopy.updateMany({ where: held(copy), data: { ...after, ...data, ...released } });
      await notifyChange(db, { tenantId, kinds: ["backups"], ids: [backupId] });
      return count > 0;
    });
    // A worker that has to end leaves the removal to the sweeper of another.
    if (isOurs && work.hasTouched && !stopping.aborted) await removeCopy(tenantId, await rowOf(copy), "failed", stopping);
  } catch (settling) {
    log.error({ err: settling, backupId, destinationId }, "The end of a copy could not be written down; the reaper will do it");
  }
}

/** While what lies there is locked, trying again would change nothing. */
function nextAfter(error: unknown, attempts: number): { nextAttemptAt: Date | null; lockedUntil?: Date } {
  if (error instanceof LockedError) return { nextAttemptAt: error.lockedUntil, lockedUntil: error.lockedUntil };
  return { nextAttemptAt: nextCopyAttempt(attempts) };
}

/** Whoever deleted the backup may have done so before our last byte arrived. What the reaper took is removed by the sweeper. */
async function clearAfterLoss({ copy, hasTouched }: CopyWork, stopping: AbortSignal): Promise<void> {
  if (!hasTouched || stopping.aborted) return;
  const row = await rowOf(copy);
  if (row.status === "deleted") await removeCopy(copy.tenantId, row, "deleted", stopping);
}

async function rowOf({ tenantId, backupId, destinationId }: ClaimedCopy) {
  return withTenant(tenantId, (db) => db.backupCopy.findFirstOrThrow({ where: { backupId, destinationId } }));
}

function sentenceOf(error: unknown): string {
  return error instanceof HoldfastError ? error.message : "It failed for a reason that only the log tells.";
}
