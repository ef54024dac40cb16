import { notifyChange } from "#lib/db/changes.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { type HeldWork, holdWork } from "#lib/queue/hold-work.ts";
import type { ProgressKeeper } from "#lib/runs/progress.ts";

/** An attempt that this worker holds. `attempt` fences it: a later one has a higher number. */
export interface HeldAttempt {
  tenantId: string;
  id: string;
  attempt: number;
  workerId: string;
}

/** Renews an attempt's lease until released, and writes its progress beside it. */
export function holdRun(held: HeldAttempt, stopping: AbortSignal, progress: ProgressKeeper): HeldWork {
  return holdWork(() => renew(held, progress), stopping);
}

async function renew(held: HeldAttempt, progress: ProgressKeeper): Promise<"ours" | "lost" | "cancelled"> {
  const change = progress.takeChange();
  return withTenant(held.tenantId, async (db) => {
    const [row] = await db.$queryRaw<{ isCancelled: boolean }[]>`
      UPDATE runs
      SET lease_beat = lease_beat + 1, progress = COALESCE(${change}::jsonb, progress)
      WHERE id = ${held.id} AND status = 'running' AND lease_owner = ${held.workerId} AND attempt = ${held.attempt}
      RETURNING cancel_requested_at IS NOT NULL AS "isCancelled"`;
    if (row && change) await notifyChange(db, { tenantId: held.tenantId, kinds: ["runs"], ids: [held.id] });
    if (!row) return "lost";
    return row.isCancelled ? "cancelled" : "ours";
  });
}
