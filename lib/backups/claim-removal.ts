import { randomUUID } from "node:crypto";
import { withTenant } from "#lib/db/with-tenant.ts";

/** A copy that this process alone removes. */
export interface Removal {
  tenantId: string;
  backupId: string;
  destinationId: string;
  /** A name for this attempt alone: no other holder can be taken for it. */
  lease: string;
}

/** Takes a copy to remove it, if its status is still the one that was read and nobody holds it. Null when there is nothing to do. */
export async function claimRemoval(
  tenantId: string,
  { backupId, destinationId, status }: { backupId: string; destinationId: string; status: string },
): Promise<Removal | null> {
  const lease = randomUUID();
  const count = await withTenant(
    tenantId,
    (db) => db.$executeRaw`
    UPDATE backup_copies
    SET status = 'deleting', lease_owner = ${lease}, lease_beat = lease_beat + 1
    WHERE backup_id = ${backupId} AND destination_id = ${destinationId} AND status = ${status} AND lease_owner IS NULL`,
  );
  return count === 0 ? null : { tenantId, backupId, destinationId, lease };
}

/** Renews the lease of a removal under way. */
export async function renewRemoval({ tenantId, backupId, destinationId, lease }: Removal): Promise<"ours" | "lost"> {
  const count = await withTenant(
    tenantId,
    (db) => db.$executeRaw`
    UPDATE backup_copies
    SET lease_beat = lease_beat + 1
    WHERE backup_id = ${backupId} AND destination_id = ${destinationId} AND status = 'deleting' AND lease_owner = ${lease}`,
  );
  return count === 0 ? "lost" : "ours";
}

export interface RemovalEnd {
  status: "deleted" | "failed" | "deleting" | "damaged";
  uploadId?: null;
  failure?: string | null;
  lockedUntil?: Date | null;
  nextAttemptAt?: Date | null;
  attempts?: number;
  looks?: number;
  /** When what may come to lie there later is looked for; null for never again. */
  lookAgainInSeconds?: number | null;
}

/** Lets the row say how a removal ended, and lets go of it. Answers false, and changes nothing, when it is somebody else's by now. */
export async function endRemoval({ tenantId, backupId, destinationId, lease }: Removal, end: RemovalEnd): Promise<boolean> {
  const where = { backupId, destinationId, status: "deleting", leaseOwner: lease };
  const { lookAgainInSeconds, ...data } = end;
  return withTenant(tenantId, async (db) => {
    const { count } = await db.backupCopy.updateMany({ where, data: { ...data, leaseOwner: null } });
    if (count > 0 && lookAgainInSeconds !== undefined) {
      await db.$executeRaw`
        UPDATE backup_copies SET look_again_at = clock_timestamp() + make_interval(secs => ${lookAgainInSeconds}::float8)
        WHERE backup_id = ${backupId} AND destination_id = ${destinationId}`;
    }
    return count > 0;
  });
}
