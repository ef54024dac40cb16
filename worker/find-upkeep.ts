import type { Transaction } from "#lib/db/client.ts";
import type { Bell } from "#lib/queue/enqueue.ts";

const MOST_BELLS = 200;

/** Copies that are to be made or mended, the tenants taking turns, and verifications that wait; what a person asked for first. */
export async function findUpkeep(db: Transaction): Promise<Bell[]> {
  const copies = await db.$queryRaw<{ tenantId: string; backupId: string; destinationId: string; attempts: number }[]>`
    SELECT copy.tenant_id AS "tenantId", copy.backup_id AS "backupId", copy.destination_id AS "destinationId", copy.attempts
    FROM backup_copies copy JOIN backups backup ON backup.tenant_id = copy.tenant_id AND backup.id = copy.backup_id
    WHERE copy.next_attempt_at <= (SELECT clock_timestamp()) AND copy.status IN ('stored', 'damaged', 'missing', 'failed') AND copy.lease_owner IS NULL
      AND backup.status = 'completed'
    ORDER BY row_number() OVER (PARTITION BY copy.tenant_id ORDER BY copy.next_attempt_at), copy.next_attempt_at LIMIT ${MOST_BELLS}`;
  const verifications = await db.$queryRaw<{ tenantId: string; id: string; attempt: number; trigger: string }[]>`
    SELECT tenant_id AS "tenantId", id, attempt, trigger FROM verifications
    WHERE status = 'queued' AND COALESCE(queued_at, '-infinity') <= clock_timestamp()
    ORDER BY trigger <> 'person', queued_at LIMIT ${MOST_BELLS}`;
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
