import { randomUUID } from "node:crypto";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { lockSchedule } from "#lib/verifications/queue-verification.ts";
import type { VerificationProgress } from "#lib/verifications/schemas.ts";

/** A verification in this worker's hands, with the backup as it was at the claim. */
export type ClaimedVerification = NonNullable<Awaited<ReturnType<typeof claimVerification>>>;

/**
 * Takes a verification that waits, under a lease of its own. Null when there is nothing to do: taken, cancelled, not due, or it is the schedule's and the
 * tenant has another one of the schedule under way.
 */
export async function claimVerification(tenantId: string, verificationId: string) {
  return withTenant(tenantId, async (db) => {
    // A name for this attempt alone: no other holder can be taken for it.
    const lease = randomUUID();
    // Or two that begin at once would not see each other.
    await lockSchedule(db, tenantId);
    if (!(await takeLease(db, verificationId, lease))) return null;
    await notifyChange(db, { tenantId, kinds: ["backups"] });
    const { backup, ...row } = await db.verification.findUniqueOrThrow({
      where: { id: verificationId },
      include: { backup: { include: { key: true, copies: { include: { destination: true }, orderBy: { destinationId: "asc" } } } } },
    });
    const { signingPublicKey } = await db.tenant.findFirstOrThrow({ select: { signingPublicKey: true } });
    return { ...row, tenantId, lease, backup, signingPublicKey };
  });
}

async function takeLease(db: Transaction, id: string, lease: string): Promise<boolean> {
  const count = await db.$executeRaw`
    UPDATE verifications
    SET status = 'running', attempt = attempt + 1, lease_owner = ${lease}, lease_beat = lease_beat + 1, progress = NULL, failure = NULL,
      started_at = clock_timestamp()
    WHERE id = ${id} AND status = 'queued' AND COALESCE(queued_at, '-infinity') <= clock_timestamp()
      AND (trigger <> 'schedule' OR NOT EXISTS (SELECT 1 FROM verifications other WHERE other.trigger = 'schedule' AND other.status = 'running'))`;
  return count > 0;
}

/** Renews the lease of a claimed verification, and writes its progress beside it. Cancelled, too, as soon as its backup is on the way out. */
export async function renewVerification(
  { tenantId, id, lease, backupId }: Pick<ClaimedVerification, "tenantId" | "id" | "lease" | "backupId">,
  progress: VerificationProgress | null,
): Promise<"ours" | "lost" | "cancelled"> {
  const change = progress === null ? null : JSON.stringify(progress);
  return withTenant(tenantId, async (db) => {
    const [row] = await db.$queryRaw<{ isCancelled: boolean }[]>`
      UPDATE verifications
      SET lease_beat = lease_beat + 1, progress = COALESCE(${change}::jsonb, progress)
      WHERE id = ${id} AND status = 'running' AND lease_owner = ${lease}
      RETURNING cancel_requested_at IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM backups WHERE backups.id = backup_id AND backups.status = 'completed') AS "isCancelled"`;
    if (!row) return "lost";
    if (change) await notifyChange(db, { tenantId, kinds: ["backups"], ids: [backupId] });
    return row.isCancelled ? "cancelled" : "ours";
  });
}
