import type { Transaction } from "#lib/db/client.ts";
import type { Bell } from "#lib/queue/enqueue.ts";
import { countWorkers } from "#lib/runs/count-slots.ts";

const MOST_BELLS = 200;
/** Verifications that are rung for ahead, for each living worker: enough that none is idle, few enough that nobody who comes later waits behind all of somebody else's. */
const RUNG_AHEAD = 6;

/**
 * Copies that are to be made or mended, and verifications that wait, the tenants taking turns: one that has less under way before one that has more. What a
 * person asked for comes first.
 */
export async function findUpkeep(db: Transaction): Promise<Bell[]> {
  const copies = await db.$queryRaw<{ tenantId: string; backupId: string; destinationId: string; attempts: number }[]>`
    SELECT copy.tenant_id AS "tenantId", copy.backup_id AS "backupId", copy.destination_id AS "destinationId", copy.attempts
    FROM backup_copies copy
    WHERE copy.next_attempt_at <= (SELECT clock_timestamp()) AND copy.status IN ('stored', 'damaged', 'missing', 'failed') AND copy.lease_owner IS NULL
      -- Asked of each of the few, which PostgreSQL takes for a third of all: a join would read every backup.
      AND (SELECT status FROM backups backup WHERE backup.tenant_id = copy.tenant_id AND backup.id = copy.backup_id) = 'completed'
    ORDER BY row_number() OVER (PARTITION BY copy.tenant_id ORDER BY copy.next_attempt_at), copy.next_attempt_at LIMIT ${MOST_BELLS}`;
  const verifications = await db.$queryRaw<{ tenantId: string; id: string; attempt: number; trigger: string }[]>`
    WITH under_way AS MATERIALIZED (
      SELECT tenant_id, count(*)::int AS verifications, bool_or(trigger = 'schedule') AS scheduled FROM verifications WHERE status = 'running' GROUP BY tenant_id)
    SELECT tenant_id AS "tenantId", id, attempt, trigger FROM verifications LEFT JOIN under_way USING (tenant_id)
    WHERE status = 'queued' AND COALESCE(queued_at, '-infinity') <= (SELECT clock_timestamp()) AND (trigger = 'person' OR under_way.scheduled IS NOT TRUE)
    ORDER BY trigger <> 'person',
      COALESCE(under_way.verifications, 0) + row_number() OVER (PARTITION BY tenant_id, trigger ORDER BY queued_at, id), queued_at, id
    LIMIT ${(await countWorkers(db)) * RUNG_AHEAD}`;
  const bells = verifications.map(({ tenantId, id, attempt, trigger }) => ({
    name: trigger === "person" ? ("verify" as const) : ("verify.scheduled" as const),
    payload: { tenantId, verificationId: id },
    rowId: id,
    attempt: attempt + 1,
  }));
  return [
    ...bells.filter(({ name }) => name === "verify"),
    ...copies.map(({ attempts, ...payload }) => ({
      name: "copy" as const,
      payload,
      rowId: `${payload.backupId}-${payload.destinationId}`,
      attempt: attempts + 1,
    })),
    ...bells.filter(({ name }) => name === "verify.scheduled"),
  ];
}
