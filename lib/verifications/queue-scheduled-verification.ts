import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { readSettings } from "#lib/settings/get-settings.ts";
import { isVerificationDue } from "#lib/verifications/is-due.ts";
import { queueVerification, UNFINISHED } from "#lib/verifications/queue-verification.ts";

/**
 * Queues the present tenant's next scheduled verification, if it is time for one and none of the schedule waits or is under way. Never with a passphrase:
 * backups of a passphrase's key are compared byte for byte. Answers whether there is one now.
 */
export async function queueScheduledVerification(db: Transaction, tenantId: string): Promise<boolean> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`verifications:${tenantId}`}, 0))`;
  const present = await db.verification.findFirst({ where: { trigger: "schedule", status: { in: UNFINISHED } }, select: { id: true } });
  if (present) return true;
  const { verifyDays } = await readSettings(db);
  if (verifyDays === 0) return false;
  const next = await findNext(db);
  if (!next || !isVerificationDue({ ...next, verifyDays })) return false;
  const wanted = { backupId: next.id, destinationId: null, requestedBy: null, withKey: next.canOpen };
  await queueVerification(db, { ...wanted, trigger: "schedule" });
  await notifyChange(db, { tenantId, kinds: ["backups"], ids: [next.id] });
  return true;
}

interface Next {
  id: string;
  canOpen: boolean;
  backups: number;
  oldestLookedAt: Date | null;
  lastBegunAt: Date | null;
  now: Date;
}

/** The backup that was looked at longest ago, by its run, a verification or a restore, whatever came of that. Not one that a person has verified just now. */
async function findNext(db: Transaction): Promise<Next | undefined> {
  const [next] = await db.$queryRaw<Next[]>`
    SELECT backup.id, (key.mode = 'off' OR key.sealed_identity IS NOT NULL) AS "canOpen", count(*) OVER ()::int AS backups,
      GREATEST(backup.verified_at, looked.at) AS "oldestLookedAt",
      (SELECT max(created_at) FROM verifications WHERE trigger = 'schedule') AS "lastBegunAt", clock_timestamp() AS now
    FROM backups backup
    JOIN keys key ON key.tenant_id = backup.tenant_id AND key.id = backup.key_id
    LEFT JOIN LATERAL (
      SELECT max(created_at) AS at, bool_or(status IN ('queued', 'running')) AS unfinished
      FROM verifications WHERE tenant_id = backup.tenant_id AND backup_id = backup.id) looked ON true
    WHERE backup.status = 'completed' AND backup.sha256 IS NOT NULL AND backup.size_bytes IS NOT NULL AND looked.unfinished IS NOT TRUE
    ORDER BY GREATEST(backup.verified_at, looked.at) NULLS FIRST, backup.id LIMIT 1`;
  return next;
}
