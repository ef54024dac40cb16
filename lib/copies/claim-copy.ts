import { randomUUID } from "node:crypto";
import type { Transaction } from "#lib/db/client.ts";
import { notifyChange } from "#lib/db/changes.ts";
import { withTenant } from "#lib/db/with-tenant.ts";

/** A copy that this worker is to bring in order. */
export type ClaimedCopy = NonNullable<Awaited<ReturnType<typeof claimCopy>>>;

/** A copy under way in this worker. */
export interface CopyWork {
  copy: ClaimedCopy;
  signal: AbortSignal;
  /** From when on something of this attempt may lie at the destination, or something of what lay there was removed. */
  hasTouched: boolean;
  /** Bytes read and sent so far, to see that it goes on. */
  movedBytes: number;
}

/** What a copy was before it was claimed. */
type Before = "stored" | "damaged" | "missing" | "failed";

/**
 * Takes a copy whose next attempt is due, under a lease of its own. Until the end its state is `writing`, as in a run, so that whoever deletes the backup
 * also removes what came to lie there; one whose archive is good and whose description alone has to be mended stays `stored`. Null when there is nothing to
 * do: not due, held by somebody, its backup on the way out, its destination deleted, or just being removed.
 */
export async function claimCopy(tenantId: string, backupId: string, destinationId: string) {
  return withTenant(tenantId, async (db) => {
    // A name for this attempt alone: no other holder can be taken for it.
    const lease = randomUUID();
    const before = await takeLease(db, { backupId, destinationId, lease });
    if (before === null) {
      await forgetUnwanted(db, { backupId, destinationId });
      return null;
    }
    await notifyChange(db, { tenantId, kinds: ["backups"], ids: [backupId] });
    const where = { tenantId_backupId_destinationId: { tenantId, backupId, destinationId } };
    const row = await db.backupCopy.findUniqueOrThrow({
      where,
      include: { destination: { select: { name: true } }, backup: { include: { key: true, copies: { include: { destination: true } } } } },
    });
    return { ...row, lease, before };
  });
}

async function takeLease(db: Transaction, claim: { backupId: string; destinationId: string; lease: string }): Promise<Before | null> {
  const { backupId, destinationId, lease } = claim;
  const [row] = await db.$queryRaw<{ before: Before }[]>`
    WITH due AS (
      SELECT copy.tenant_id, copy.backup_id, copy.destination_id, copy.status
      FROM backup_copies copy
      JOIN backups backup ON backup.tenant_id = copy.tenant_id AND backup.id = copy.backup_id
      JOIN destinations destination ON destination.tenant_id = copy.tenant_id AND destination.id = copy.destination_id
      WHERE copy.backup_id = ${backupId} AND copy.destination_id = ${destinationId} AND copy.next_attempt_at <= clock_timestamp()
        AND copy.status IN ('stored', 'damaged', 'missing', 'failed') AND copy.lease_owner IS NULL
        AND backup.status = 'completed' AND destination.deleted_at IS NULL
      FOR UPDATE OF copy)
    UPDATE backup_copies
    SET status = CASE WHEN due.status = 'stored' THEN 'stored' ELSE 'writing' END, attempts = attempts + 1, lease_owner = ${lease},
      lease_beat = lease_beat + 1, looks = 0, look_again_at = NULL
    FROM due
    WHERE backup_copies.tenant_id = due.tenant_id AND backup_copies.backup_id = due.backup_id AND backup_copies.destination_id = due.destination_id
    RETURNING due.status AS before`;
  return row?.before ?? null;
}

/** Into a destination that was deleted meanwhile, nothing is copied any more. */
async function forgetUnwanted(db: Transaction, where: { backupId: string; destinationId: string }): Promise<void> {
  await db.backupCopy.updateMany({
    where: { ...where, leaseOwner: null, status: { not: "deleting" }, destination: { deletedAt: { not: null } } },
    data: { nextAttemptAt: null },
  });
}

/** Renews the lease of a claimed copy. Lost as soon as its backup is on the way out. */
export async function renewCopy({ tenantId, backupId, destinationId, lease }: ClaimedCopy): Promise<"ours" | "lost"> {
  return withTenant(tenantId, async (db) => {
    const count = await db.$executeRaw`
      UPDATE backup_copies
      SET lease_beat = lease_beat + 1
      WHERE backup_id = ${backupId} AND destination_id = ${destinationId} AND lease_owner = ${lease}
        AND EXISTS (SELECT 1 FROM backups WHERE id = ${backupId} AND status = 'completed')`;
    return count === 0 ? "lost" : "ours";
  });
}
