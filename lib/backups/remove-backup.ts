import { claimRemoval, endRemoval, renewRemoval } from "#lib/backups/claim-removal.ts";
import { refuseForeignInstance } from "#lib/backups/instance-mark.ts";
import { removalPause } from "#lib/backups/removal-pause.ts";
import { LockedError, untilWords } from "#lib/backups/locked-error.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { nextCopyAttempt } from "#lib/copies/copy-pause.ts";
import { notifyChange } from "#lib/db/changes.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import { env } from "#lib/env.ts";
import { HoldfastError } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import { holdWork } from "#lib/queue/hold-work.ts";
import { limitStep } from "#lib/queue/limit-step.ts";
import { stepMs } from "#lib/queue/step-limits.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";

/** States in which nothing of a copy lies in its destination any more. */
const GONE = ["deleted", "failed"];

/**
 * Removes what the rows of a backup name from its destinations, one object at a time: never by listing. Only backups that were marked (`abandoned`
 * or `deleting`) are touched. A copy that is locked, or whose destination answers with an error, is spared: its row says why and when the
 * sweeper tries again; the other copies go on. Answers whether all of it is gone.
 */
export async function removeBackup(tenantId: string, backupId: string, signal: AbortSignal): Promise<boolean> {
  const copies = await withTenant(tenantId, (db) =>
    db.backupCopy.findMany({
      where: {
        backupId,
        status: { notIn: GONE },
        backup: { status: { in: ["abandoned", "deleting"] } },
        OR: [{ nextAttemptAt: null }, { nextAttemptAt: { lte: new Date() } }],
      },
      orderBy: { destinationId: "asc" },
    }),
  );
  for (const copy of copies) {
    if (signal.aborted) return false;
    await removeCopy(tenantId, copy, "deleted", signal);
  }
  return withTenant(tenantId, async (db) => {
    const { count } = await db.backup.updateMany({
      where: { id: backupId, status: { in: ["abandoned", "deleting"] }, copies: { every: { status: { in: GONE } } } },
      data: { status: "deleted", deletedAt: new Date() },
    });
    await notifyChange(db, { tenantId, kinds: ["backups", "overview"] });
    return count > 0;
  });
}

export interface RemovableCopy {
  backupId: string;
  destinationId: string;
  objectKey: string;
  descriptionKey: string;
  /** As it was read: a row that changed since is somebody else's business. */
  status: string;
  uploadId: string | null;
  attempts: number;
  /** How often what may lie there was removed since it was last wanted. */
  looks: number;
  /** Whether all of it was ever there: then no upload of it can still be under way. */
  verifiedAt: Date | null;
}

/**
 * Removes one copy, under a lease on its row: first the description, so that the archive is no longer one that could be found, then the archive and an
 * unfinished upload. Its row then has the status `gone`; on an error, or while it is locked, it stays `deleting` and says why and until when it is left
 * alone. One that `failed` and is locked becomes `damaged`: it may be whole, and is looked at again. One that somebody else has in hands, or whose row
 * changed since it was read, is passed over. Answers whether it is gone.
 */
export async function removeCopy(tenantId: string, copy: RemovableCopy, gone: "deleted" | "failed", signal: AbortSignal): Promise<boolean> {
  const removal = await claimRemoval(tenantId, copy);
  if (!removal) return false;
  const held = holdWork(() => renewRemoval(removal), signal);
  try {
    const limit = { what: "a copy was removed", stillMs: stepMs };
    await limitStep(limit, held.signal, (limited) => removeObjects(tenantId, copy, limited));
    await faultPoint("after-deletion");
    const clean = { uploadId: null, lockedUntil: null };
    const settled = gone === "deleted" ? { ...clean, failure: null, nextAttemptAt: null } : clean;
    return await endRemoval(removal, { status: gone, ...settled, ...nextLook(copy, gone) });
  } catch (error) {
    const { backupId, destinationId } = copy;
    log.warn({ err: error, backupId, destinationId }, "Could not remove a backup's copy; it is tried again");
    await endRemoval(removal, held.signal.aborted ? { status: "deleting" } : spared(error, copy, gone));
    return false;
  } finally {
    held.release();
  }
}

/**
 * An upload that its worker no longer knew of may have ended at the destination after this removal. So what never was a good copy is removed again an hour
 * and a day later, by its row's keys, unless it was made anew by then.
 */
function nextLook({ looks, verifiedAt }: RemovableCopy, gone: "deleted" | "failed"): { looks: number; lookAgainInSeconds: number | null } {
  if (gone === "deleted" && verifiedAt !== null && looks === 0) return { looks, lookAgainInSeconds: null };
  const { HOLDFAST_SECOND_LOOK_SECONDS: second, HOLDFAST_THIRD_LOOK_SECONDS: third } = env();
  const pauses = [second, Math.max(0, third - second)];
  return { looks: looks + 1, lookAgainInSeconds: pauses[looks] ?? null };
}

/** The rows are the caller's business. Throws DestinationError, and what the signal aborts with. */
async function removeObjects(tenantId: string, copy: RemovableCopy, signal: AbortSignal): Promise<void> {
  const session = await openDestination(tenantId, copy.destinationId, signal);
  try {
    // One that was found in a folder of another tenant's name is removed only once that folder is ours.
    const folder = copy.objectKey.split("/")[0] ?? tenantId;
    await refuseForeignInstance(session, { tenantId, destinationId: copy.destinationId, folder });
    await refuseLocked(session, copy.objectKey);
    signal.throwIfAborted();
    await session.remove(copy.descriptionKey);
    await faultPoint("during-deletion");
    signal.throwIfAborted();
    if (copy.uploadId !== null) await session.abortUpload(copy.objectKey, copy.uploadId);
    signal.throwIfAborted();
    await session.remove(copy.objectKey);
  } finally {
    await session.close();
  }
}

/** Asked for before anything is removed: an archive that stays keeps its description. */
async function refuseLocked(session: DestinationSession, objectKey: string): Promise<void> {
  const lockedUntil = (await session.stat(objectKey))?.lockedUntil ?? null;
  if (lockedUntil === null || lockedUntil <= new Date()) return;
  throw new LockedError(lockedUntil, `The destination keeps it locked${untilWords(lockedUntil)}; it is removed after that.`);
}

/** What the row says of a copy that has to be left where it is. */
function spared(error: unknown, { attempts }: RemovableCopy, gone: "deleted" | "failed") {
  const failure = error instanceof HoldfastError ? error.message : "It could not be removed for a reason that only the log tells.";
  const lockedUntil = error instanceof LockedError ? error.lockedUntil : null;
  const isLocked = error instanceof DestinationError && error.code === "locked";
  if (gone === "failed" && isLocked) return kept(lockedUntil, attempts);
  const nextAttemptAt = lockedUntil ?? new Date(Date.now() + removalPause(isLocked ? Infinity : attempts));
  // The attempts of a copy that its destination did not take count its uploads.
  return { status: "deleting", failure, lockedUntil, nextAttemptAt, ...(gone === "deleted" ? { attempts: attempts + 1 } : {}) } as const;
}

/**
 * A copy that its destination did not seem to take and that it keeps locked all the same: it may be whole, so the next attempt proves it where it lies. It
 * counts as damaged until then, and not as one of which nothing lies there: whoever deletes its backup has to remove it.
 */
function kept(lockedUntil: Date | null, attempts: number) {
  const failure = `It could not be proven, and the destination keeps it locked${untilWords(lockedUntil)}. Whether it is whole is found out at the next attempt.`;
  return { status: "damaged", failure, lockedUntil, nextAttemptAt: nextCopyAttempt(attempts) ?? lockedUntil } as const;
}
