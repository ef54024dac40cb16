import { nextCopyAttempt } from "#lib/copies/copy-pause.ts";
import { notifyChange } from "#lib/db/changes.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { log } from "#lib/log.ts";

const failure = "The worker that copied it ended in the middle of it.";

/**
 * Takes a copy from a worker that no longer renews its lease: what may have come to lie there is removed first, by the sweeper, and then it is tried
 * again. For the reaper; does nothing to any other.
 */
export async function giveUpDeadCopy(tenantId: string, copy: { backupId: string; destinationId: string }): Promise<void> {
  const { backupId, destinationId } = copy;
  await withTenant(tenantId, async (db) => {
    const where = { backupId, destinationId, leaseOwner: { not: null }, leaseUntil: { lt: new Date() } };
    const row = await db.backupCopy.findFirst({ where, select: { attempts: true } });
    if (!row) return;
    const released = { leaseOwner: null, leaseUntil: null, nextAttemptAt: nextCopyAttempt(row.attempts) };
    const writing = await db.backupCopy.updateMany({
      where: { ...where, status: "writing" },
      data: { ...released, status: "deleting", failure },
    });
    const other = await db.backupCopy.updateMany({ where, data: released });
    if (writing.count + other.count === 0) return;
    log.warn({ backupId, destinationId }, "A copy was taken from a worker that no longer renews its lease");
    await notifyChange(db, { tenantId, kinds: ["backups"], ids: [backupId] });
  });
}
