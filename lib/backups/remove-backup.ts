import { refuseForeignInstance } from "#lib/backups/instance-mark.ts";
import { notifyChange } from "#lib/db/changes.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import { HoldfastError } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";

/** States in which nothing of a copy lies in its destination any more. */
const GONE = ["deleted", "failed"];

/**
 * Removes what the rows of a backup name from its destinations, one object at a time: never by listing. Only backups that were marked (`abandoned`
 * or `deleting`) are touched. The first error ends it; the copy's row says why, and the sweeper tries again. Answers whether all of it is gone.
 */
export async function removeBackup(tenantId: string, backupId: string, signal: AbortSignal): Promise<boolean> {
  const copies = await withTenant(tenantId, (db) =>
    db.backupCopy.findMany({
      where: { backupId, status: { notIn: GONE }, backup: { status: { in: ["abandoned", "deleting"] } } },
      orderBy: { destinationId: "asc" },
    }),
  );
  for (const copy of copies) {
    if (!(await removeCopy(tenantId, copy, "deleted", signal))) return false;
  }
  await withTenant(tenantId, async (db) => {
    await db.backup.updateMany({
      where: { id: backupId, status: { in: ["abandoned", "deleting"] }, copies: { every: { status: { in: GONE } } } },
      data: { status: "deleted", deletedAt: new Date() },
    });
    await notifyChange(db, { tenantId, kinds: ["backups", "overview"] });
  });
  return true;
}

export interface RemovableCopy {
  backupId: string;
  destinationId: string;
  objectKey: string;
  descriptionKey: string;
  uploadId: string | null;
}

/**
 * Removes one copy: first the description, so that the archive is no longer one that could be found, then the archive and an unfinished upload.
 * Its row then has the status `gone`; on an error it stays `deleting` and says why.
 */
export async function removeCopy(tenantId: string, copy: RemovableCopy, gone: "deleted" | "failed", signal: AbortSignal): Promise<boolean> {
  const where = { backupId: copy.backupId, destinationId: copy.destinationId };
  try {
    const session = await openDestination(tenantId, copy.destinationId, signal);
    try {
      // One that was found in a folder of another tenant's name is removed only once that folder is ours.
      const folder = copy.objectKey.split("/")[0] ?? tenantId;
      await refuseForeignInstance(session, { tenantId, destinationId: copy.destinationId, folder });
      await session.remove(copy.descriptionKey);
      await faultPoint("during-deletion");
      if (copy.uploadId !== null) await session.abortUpload(copy.objectKey, copy.uploadId);
      await session.remove(copy.objectKey);
    } finally {
      await session.close();
    }
    const data = gone === "deleted" ? { status: gone, uploadId: null, failure: null } : { status: gone, uploadId: null };
    await withTenant(tenantId, (db) => db.backupCopy.updateMany({ where, data }));
    return true;
  } catch (error) {
    log.warn({ err: error, ...where }, "Could not remove a backup's copy; it is tried again");
    const failure = error instanceof HoldfastError ? error.message : "It could not be removed for a reason that only the log tells.";
    await withTenant(tenantId, (db) => db.backupCopy.updateMany({ where, data: { status: "deleting", failure } }));
    return false;
  }
}
