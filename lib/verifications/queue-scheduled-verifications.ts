import { databaseNow } from "#lib/clock/database-now.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { readSettings } from "#lib/settings/get-settings.ts";
import { LOOK_AGAIN_MS, planTurns } from "#lib/verifications/plan-turns.ts";
import { lockSchedule, queueVerification } from "#lib/verifications/queue-verification.ts";

/** Of one tenant's schedule, so many wait at once; those that wait for a destination to come back are not counted. */
const MOST_WAITING = 5;

/**
 * Queues what is due of the present tenant's scheduled verifications: of the backups with copies that a rebuild found and nobody has read, then of those that were looked at longest ago, one for each turn. Never with a
 * passphrase: backups of a passphrase's key are compared byte for byte, and so are those that nobody vouched for, which nobody should open unasked. Answers for how many milliseconds the tenant can be left alone.
 */
export async function queueScheduledVerifications(db: Transaction, tenantId: string): Promise<number> {
  await lockSchedule(db, tenantId);
  const { verifyDays } = await readSettings(db);
  if (verifyDays === 0) return LOOK_AGAIN_MS;
  const room = MOST_WAITING - (await countWaiting(db));
  if (room <= 0) return 0;
  const facts = await readFacts(db);
  const { turns, paceMs, quietMs } = planTurns({ ...facts, verifyDays }, room);
  if (turns.length === 0) return quietMs;
  const next = await findNext(db, turns.length);
  const due = next.filter(({ lookedAt }) =>
    lookedAt === null ? true : !facts.hasUnseen && facts.now.getTime() - lookedAt.getTime() >= paceMs,
  );
  for (const [index, { id, canOpen }] of due.entries()) {
    const wanted = { backupId: id, destinationId: null, requestedBy: null, withKey: canOpen, turnAt: turns[index] ?? facts.now };
    await queueVerification(db, { ...wanted, trigger: "schedule" });
  }
  const ids = due.map(({ id }) => id);
  if (ids.length > 0) await notifyChange(db, { tenantId, kinds: ["backups", "due"], ids });
  return due.length < turns.length ? Math.min(LOOK_AGAIN_MS, paceMs) : quietMs;
}

async function countWaiting(db: Transaction): Promise<number> {
  const queuedAt = { lte: await databaseNow(db) };
  const where = { trigger: "schedule", OR: [{ status: "running" }, { status: "queued", queuedAt }] };
  return db.verification.count({ where });
}

interface Facts {
  backups: number;
  hasUnseen: boolean;
  lastTurnAt: Date | null;
  now: Date;
}

/** Asks with the words of the indexes backups_looked_at_idx and backup_copies_unread_idx, without which this reads every backup and copy. */
async function readFacts(db: Transaction): Promise<Facts> {
  const [facts] = await db.$queryRaw<[Facts]>`
    SELECT
      (SELECT count(*)::int FROM backups WHERE status = 'completed' AND sha256 IS NOT NULL AND size_bytes IS NOT NULL) AS backups,
      EXISTS (SELECT 1 FROM backups WHERE status = 'completed' AND sha256 IS NOT NULL AND size_bytes IS NOT NULL
        AND GREATEST(checked_at, verified_at) IS NULL)
      OR EXISTS (SELECT 1 FROM backup_copies copy JOIN backups backup ON backup.tenant_id = copy.tenant_id AND backup.id = copy.backup_id
        WHERE copy.is_found AND copy.verified_at IS NULL AND copy.status = 'stored'
          AND copy.created_at > COALESCE(GREATEST(backup.checked_at, backup.verified_at), '-infinity')
          AND backup.status = 'completed' AND backup.sha256 IS NOT NULL AND backup.size_bytes IS NOT NULL) AS "hasUnseen",
      (SELECT max(turn_at) FROM verifications) AS "lastTurnAt",
      clock_timestamp() AS now`;
  return facts;
}

interface NextBackup {
  id: string;
  canOpen: boolean;
  lookedAt: Date | null;
}

/**
 * First those with a copy that nobody has read since a rebuild found it, whatever is known of their others; then those that were looked at longest ago, by
 * their runs, a verification or a restore, whatever came of that; never looked at comes first. None that is being verified. Asks with the words of the
 * indexes backup_copies_unread_idx and backups_looked_at_idx.
 */
async function findNext(db: Transaction, most: number): Promise<NextBackup[]> {
  return db.$queryRaw`
    WITH idle AS NOT MATERIALIZED (
      SELECT *, GREATEST(checked_at, verified_at) AS looked_at FROM backups backup
      WHERE status = 'completed' AND sha256 IS NOT NULL AND size_bytes IS NOT NULL
        AND NOT EXISTS (
          SELECT 1 FROM verifications WHERE tenant_id = backup.tenant_id AND backup_id = backup.id AND status IN ('queued', 'running'))
    ), unread AS (
      SELECT DISTINCT idle.id FROM backup_copies copy JOIN idle ON idle.tenant_id = copy.tenant_id AND idle.id = copy.backup_id
      WHERE copy.is_found AND copy.verified_at IS NULL AND copy.status = 'stored'
        AND copy.created_at > COALESCE(idle.looked_at, '-infinity')
      ORDER BY idle.id LIMIT ${most}
    ), oldest AS (
      SELECT id FROM idle ORDER BY GREATEST(checked_at, verified_at) NULLS FIRST, id LIMIT ${most}
    )
    SELECT backup.id, (backup.authenticity <> 'foreign' AND (key.mode = 'off' OR key.sealed_identity IS NOT NULL)) AS "canOpen",
      CASE WHEN is_unread THEN NULL ELSE GREATEST(backup.checked_at, backup.verified_at) END AS "lookedAt"
    FROM (SELECT id, true AS is_unread FROM unread UNION ALL SELECT id, false FROM oldest WHERE id NOT IN (SELECT id FROM unread)) next
    JOIN backups backup ON backup.id = next.id
    JOIN keys key ON key.tenant_id = backup.tenant_id AND key.id = backup.key_id
    ORDER BY is_unread DESC, GREATEST(backup.checked_at, backup.verified_at) NULLS FIRST, backup.id LIMIT ${most}`;
}
