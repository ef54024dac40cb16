import { giveUpBackups } from "#lib/backups/give-up-backups.ts";
import { removeBackup, removeCopy } from "#lib/backups/remove-backup.ts";
import { usedByRestore } from "#lib/backups/used-by-restore.ts";
import { type CheckedClock, checkClock } from "#lib/clock/check-clock.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { log } from "#lib/log.ts";

/** How long a deleted backup can be recovered. */
const TRASH_DAYS = 7;

/** Copies taken up in one round; the rest comes in the next. */
const MOST_PER_ROUND = 200;

interface Reference {
  tenantId: string;
  id: string;
}

/**
 * Removes from the destinations what rows say may go: attempts that died, backups that retention or a person gave up, and copies that could not be removed
 * before. Works on rows alone; an object without a row is nobody's business here. Also forgets grants, links and keys of requests that ran out.
 */
export async function sweep(stopping: AbortSignal, check: () => Promise<CheckedClock> = checkClock): Promise<void> {
  for (const backup of await acrossTenants("scheduler", findDeadAttempts)) {
    await withTenant(backup.tenantId, (db) => abandonDeadAttempt(db, backup.id));
  }
  const clock = await check();
  await emptyTrash(clock);
  for (const backup of await acrossTenants("scheduler", findGivenUp)) {
    if (stopping.aborted) return;
    const isGone = await removeBackup(backup.tenantId, backup.id, stopping);
    log.info({ backupId: backup.id, isGone }, "Swept what was left of a backup");
  }
  for (const copy of await acrossTenants("scheduler", findFailedCopies)) {
    if (stopping.aborted) return;
    await sweepCopy(copy, stopping);
  }
  // They are to come an hour and a day after what may still be under way: by a clock that jumped they would come at once.
  for (const copy of clock.doubt ? [] : await acrossTenants("scheduler", findLooks)) {
    if (stopping.aborted) return;
    await lookAgain(copy, stopping);
  }
  await acrossTenants("scheduler", (db) => forgetExpired(db, clock));
}

/** Backups being written by no attempt that is under way. */
async function findDeadAttempts(db: Transaction): Promise<Reference[]> {
  return db.$queryRaw<Reference[]>`
    SELECT backup.tenant_id AS "tenantId", backup.id
    FROM backups backup JOIN runs run ON run.tenant_id = backup.tenant_id AND run.id = backup.run_id
    WHERE backup.status = 'writing' AND NOT (run.status = 'running' AND run.attempt = backup.attempt)
    ORDER BY backup.created_at LIMIT ${MOST_PER_ROUND}`;
}

/** Looks again in its own transaction: between the two questions, nothing can become alive, but what is written may be completed. */
async function abandonDeadAttempt(db: Transaction, backupId: string): Promise<void> {
  await db.$executeRaw`
    UPDATE backups SET status = 'abandoned'
    FROM runs run
    WHERE run.id = backups.run_id AND backups.id = ${backupId} AND backups.status = 'writing'
      AND NOT (run.status = 'running' AND run.attempt = backups.attempt)`;
}

/** Nothing leaves the trash for its age while the clock is in doubt. */
async function emptyTrash({ now, doubt }: CheckedClock): Promise<void> {
  if (doubt) return;
  for (const backup of await acrossTenants("scheduler", findExpiredTrash)) {
    await withTenant(backup.tenantId, async (db) => {
      const used = await usedByRestore(db);
      if (!used.has(backup.id)) await giveUpBackups(db, [backup.id], { from: "trashed", now });
    });
  }
}

/** One that is pinned stays, and must not take the place of those that may go. */
async function findExpiredTrash(db: Transaction): Promise<Reference[]> {
  return db.$queryRaw<Reference[]>`
    SELECT tenant_id AS "tenantId", id FROM backups
    WHERE status = 'trashed' AND trashed_at < clock_timestamp() - make_interval(days => ${TRASH_DAYS}::int)
      AND NOT pinned AND COALESCE(pinned_until, '-infinity') <= clock_timestamp()
    ORDER BY trashed_at LIMIT ${MOST_PER_ROUND}`;
}

/** Those of which something may be removed now, or of which nothing is left. */
async function findGivenUp(db: Transaction): Promise<Reference[]> {
  return db.$queryRaw<Reference[]>`
    SELECT tenant_id AS "tenantId", id FROM backups backup
    WHERE status IN ('abandoned', 'deleting')
      AND (EXISTS (
        SELECT 1 FROM backup_copies copy
        WHERE copy.tenant_id = backup.tenant_id AND copy.backup_id = backup.id AND copy.status NOT IN ('deleted', 'failed')
          AND COALESCE(copy.next_attempt_at, '-infinity') <= clock_timestamp()
          AND copy.lease_owner IS NULL)
      OR NOT EXISTS (
        SELECT 1 FROM backup_copies copy
        WHERE copy.tenant_id = backup.tenant_id AND copy.backup_id = backup.id AND copy.status NOT IN ('deleted', 'failed')))
    ORDER BY created_at LIMIT ${MOST_PER_ROUND}`;
}

/** What a destination that failed, or that was given up, still holds of a backup that others have; and what came to lie there after its backup was gone. */
async function findFailedCopies(db: Transaction): Promise<(Reference & { destinationId: string })[]> {
  return db.$queryRaw<(Reference & { destinationId: string })[]>`
    SELECT copy.tenant_id AS "tenantId", copy.backup_id AS id, copy.destination_id AS "destinationId"
    FROM backup_copies copy JOIN backups backup ON backup.tenant_id = copy.tenant_id AND backup.id = copy.backup_id
    WHERE backup.status IN ('completed', 'trashed', 'deleted') AND copy.status = 'deleting'
      AND COALESCE(copy.next_attempt_at, '-infinity') <= clock_timestamp()
      AND copy.lease_owner IS NULL
    ORDER BY copy.next_attempt_at NULLS FIRST LIMIT ${MOST_PER_ROUND}`;
}

async function sweepCopy(copy: Reference & { destinationId: string }, stopping: AbortSignal): Promise<void> {
  const where = { backupId: copy.id, destinationId: copy.destinationId, status: "deleting" };
  const include = { destination: { select: { deletedAt: true } }, backup: { select: { status: true } } };
  const row = await withTenant(copy.tenantId, (db) => db.backupCopy.findFirst({ where, include }));
  if (!row) return;
  // Of a destination or a backup that was given up, none is wanted there any more.
  const isUnwanted = row.destination.deletedAt !== null || row.backup.status === "deleted";
  await removeCopy(copy.tenantId, row, isUnwanted ? "deleted" : "failed", stopping);
}

/** What never was a good copy is removed a second and a third time: an upload that was under way may have ended since. */
async function findLooks(db: Transaction): Promise<(Reference & { destinationId: string })[]> {
  return db.$queryRaw<(Reference & { destinationId: string })[]>`
    SELECT tenant_id AS "tenantId", backup_id AS id, destination_id AS "destinationId" FROM backup_copies
    WHERE look_again_at <= clock_timestamp() AND status IN ('failed', 'deleted') AND lease_owner IS NULL
    ORDER BY look_again_at LIMIT ${MOST_PER_ROUND}`;
}

async function lookAgain(copy: Reference & { destinationId: string }, stopping: AbortSignal): Promise<void> {
  const where = { backupId: copy.id, destinationId: copy.destinationId, status: { in: ["failed", "deleted"] }, lookAgainAt: { not: null } };
  const row = await withTenant(copy.tenantId, (db) => db.backupCopy.findFirst({ where }));
  if (row) await removeCopy(copy.tenantId, row, row.status === "deleted" ? "deleted" : "failed", stopping);
}

/** A grant lives for minutes, and is asked for again; what is to be kept for a day stays while the clock is in doubt. */
async function forgetExpired(db: Transaction, { doubt }: CheckedClock): Promise<void> {
  await db.$executeRaw`DELETE FROM file_key_grants WHERE expires_at < clock_timestamp()`;
  if (doubt) return;
  await db.$executeRaw`DELETE FROM downloads WHERE expires_at < clock_timestamp() - interval '1 day'`;
  await db.$executeRaw`DELETE FROM idempotency_keys WHERE created_at < clock_timestamp() - interval '1 day'`;
}
