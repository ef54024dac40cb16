import type { Transaction } from "#lib/db/client.ts";
import type { Bell } from "#lib/queue/enqueue.ts";

const MOST_BELLS = 500;

/** Restores that nobody holds, oldest first. Their queue has a slot of its own in every worker. */
export async function findRestores(db: Transaction): Promise<Bell[]> {
  const restores = await db.$queryRaw<{ tenantId: string; id: string; attempt: number; status: string }[]>`
    SELECT tenant_id AS "tenantId", id, attempt, status FROM restores
    WHERE status IN ('planning', 'approved') AND lease_owner IS NULL AND waits_until > (SELECT clock_timestamp())
    ORDER BY created_at LIMIT ${MOST_BELLS}`;
  return restores.map(({ tenantId, id, attempt, status }) => ({
    name: status === "planning" ? "restore.plan" : "restore.execute",
    payload: { tenantId, restoreId: id },
    rowId: `${id}-${status}`,
    attempt: attempt + 1,
  }));
}
