import { nextCopyAttempt } from "#lib/copies/copy-pause.ts";
import { notifyChange } from "#lib/db/changes.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { log } from "#lib/log.ts";

const failure = "The worker that copied it ended in the middle of it.";

/** A copy that is held, as the reaper saw it. */
export interface DeadCopy {
  backupId: string;
  destinationId: string;
  /** Who holds it. */
  lease: string;
  beat: bigint;
}

/**
 * Takes a copy from a worker that no longer renews its lease: what may have come to lie there is removed first, by the sweeper, and then it is tried
 * again. For the reaper; does nothing to one whose holder gave a sign of life since it was seen.
 */
export async function giveUpDeadCopy(tenantId: string, { backupId, destinationId, lease, beat }: DeadCopy): Promise<void> {
  await withTenant(tenantId, async (db) => {
    const where = { backupId, destinationId, leaseOwner: lease, leaseBeat: beat };
    const row = await db.backupCopy.findFirst({ where, select: { attempts: true } });
    if (!row) return;
    const free = { leaseOwner: null };
    const released = { ...free, nextAttemptAt: nextCopyAttempt(row.attempts) };
    const writing = await db.backupCopy.updateMany({
      where: { ...where, status: "writing" },
      data: { ...released, status: "deleting", failure },
    });
    const stored = await db.backupCopy.updateMany({ where: { ...where, status: "stored" }, data: released });
    // Its backup is on the way out: when it is removed is the sweeper's business.
    const other = await db.backupCopy.updateMany({ where, data: free });
    if (writing.count + stored.count + other.count === 0) return;
    log.warn({ backupId, destinationId }, "A copy was taken from a worker that no longer renews its lease");
    await notifyChange(db, { tenantId, kinds: ["backups"], ids: [backupId] });
  });
}
