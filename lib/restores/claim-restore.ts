import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { lockSystem } from "#lib/runs/lock-system.ts";

/** What a worker needs to know of the restore that it holds. */
export type ClaimedRestore = NonNullable<Awaited<ReturnType<typeof claimRestore>>>;

/**
 * Takes a restore that waits for its plan ("planning") or its execution ("approved"). Each is taken once: the file key goes with
 * it. Null when there is nothing to do: taken, cancelled, given up, or the target is busy and the bell rings again.
 */
export async function claimRestore(tenantId: string, restoreId: string, workerId: string, from: "planning" | "approved") {
  return withTenant(tenantId, async (db) => {
    const waiting = await db.restore.findFirst({ where: { id: restoreId, status: from }, select: { targetSystemId: true } });
    if (!waiting) return null;
    if (from === "approved" && (await isBusy(db, waiting.targetSystemId))) return null;
    const count = await db.$executeRaw`
      UPDATE restores
      SET attempt = attempt + 1, lease_owner = ${workerId}, lease_beat = lease_beat + 1,
        status = CASE WHEN status = 'approved' THEN 'running' ELSE status END,
        started_at = CASE WHEN status = 'approved' THEN clock_timestamp() ELSE started_at END
      WHERE id = ${restoreId} AND status = ${from} AND lease_owner IS NULL AND waits_until > clock_timestamp()`;
    if (count === 0) return null;
    await notifyChange(db, { tenantId, kinds: ["restores"], ids: [restoreId] });
    const row = await db.restore.findUniqueOrThrow({
      where: { id: restoreId },
      include: { backup: { include: { copies: { include: { destination: { select: { name: true } } } } } } },
    });
    const { id, attempt, targetSystemId, planHash, requestedBy, executedBy, backup } = row;
    return { tenantId, id, attempt, workerId, targetSystemId, planHash, requestedBy, executedBy, backup };
  });
}

/** A backup of the target under way would catch it between two states. */
async function isBusy(db: Transaction, systemId: string): Promise<boolean> {
  await lockSystem(db, systemId);
  const run = await db.run.findFirst({ where: { systemId, status: "running" }, select: { id: true } });
  const restore = run ?? (await db.restore.findFirst({ where: { targetSystemId: systemId, status: "running" }, select: { id: true } }));
  return restore !== null;
}
