import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { readSettings } from "#lib/settings/get-settings.ts";
import { LOOK_AGAIN_MS, planTurns } from "#lib/verifications/plan-turns.ts";
import { lockSchedule, queueVerification } from "#lib/verifications/queue-verification.ts";

/** Of one tenant's schedule, so many wait at once; those that wait for a destination to come back are not counted. */
const MOST_WAITING = 5;

/**
 * Queues what is due of the present tenant's scheduled verifications: of the backups that were looked at longest ago, one for each turn. Never with a
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
  const oldest = await findOldest(db, turns.length);
  const due = oldest.filter(({ lookedAt }) =>
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
  const where = { trigger: "schedule", OR: [{ status: "running" }, { status: "queued", queuedAt: { lte: new Date() } }] };
  return db.verification.count({ where });
}

interface Facts {
  backups: number;
  hasUnseen: boolean;
  lastTurnAt: Date | null;
  now: Date;
}

/** Asks with the words of the index backups_looked_at_idx, without which this reads every backup. */
async function readFacts(db: Transaction): Promise<Facts> {
  const [facts] = await db.$queryRaw<[Facts]>`
    SELECT
      (SELECT count(*)::int FROM backups WHERE status = 'completed' AND sha256 IS NOT NULL AND size_bytes IS NOT NULL) AS backups,
      EXISTS (SELECT 1 FROM backups WHERE status = 'completed' AND sha256 IS NOT NULL AND size_bytes IS NOT NULL
        AND GREATEST(checked_at, verified_at) IS NULL) AS "hasUnseen",
      (SELECT max(turn_at) FROM verifications) AS "lastTurnAt",
      clock_timestamp() AS now`;
  return facts;
}

/**
 * The backups that were looked at longest ago, by their runs, a verification or a restore, whatever came of that; never looked at comes first. None that
 * is being verified.
 */
async function findOldest(db: Transaction, most: number): Promise<{ id: string; canOpen: boolean; lookedAt: Date | null }[]> {
  return db.$queryRaw`
    SELECT backup.id, (backup.authenticity <> 'foreign' AND (key.mode = 'off' OR key.sealed_identity IS NOT NULL)) AS "canOpen",
      GREATEST(backup.checked_at, backup.verified_at) AS "lookedAt"
    FROM backups backup
    JOIN keys key ON key.tenant_id = backup.tenant_id AND key.id = backup.key_id
    WHERE backup.status = 'completed' AND backup.sha256 IS NOT NULL AND backup.size_bytes IS NOT NULL
      AND NOT EXISTS (
        SELECT 1 FROM verifications WHERE tenant_id = backup.tenant_id AND backup_id = backup.id AND status IN ('queued', 'running'))
    ORDER BY GREATEST(backup.checked_at, backup.verified_at) NULLS FIRST, backup.id LIMIT ${most}`;
}
