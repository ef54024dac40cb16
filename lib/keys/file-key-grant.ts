import { openGrant, sealGrant } from "#lib/crypto/keyring.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { env } from "#lib/env.ts";
import { ConflictError } from "#lib/errors.ts";
import { newId } from "#lib/ids.ts";

/**
 * Hands one archive's file key to the workers that run now: encrypted to keys that only they hold, in memory. It serves one step
 * of one restore or verification (`subjectId`), once, and dies after HOLDFAST_GRANT_SECONDS. Throws ConflictError "no-worker" when nobody could take it.
 */
export async function giveFileKey(db: Transaction, subjectId: string, fileKey: Buffer | null): Promise<void> {
  const recipients = await liveWorkers(db);
  await withdrawFileKey(db, subjectId);
  if (fileKey === null) return;
  const sealed = await sealGrant(fileKey, recipients, subjectId);
  await db.$executeRaw`
    INSERT INTO file_key_grants (id, subject_id, sealed, expires_at)
    VALUES (${newId("grant")}, ${subjectId}, ${sealed}, clock_timestamp() + make_interval(secs => ${env().HOLDFAST_GRANT_SECONDS}::float8))`;
}

/** Forgets a grant that nobody has taken. */
export async function withdrawFileKey(db: Transaction, subjectId: string): Promise<void> {
  await db.fileKeyGrant.deleteMany({ where: { subjectId } });
}

/**
 * Takes the file key: the row is gone with this, whatever comes next. Null when there is none, or when it has expired.
 * Throws CryptoError "no-match" when it was given to other workers.
 */
export async function takeFileKey(tenantId: string, subjectId: string, workerIdentity: string): Promise<Buffer | null> {
  const rows = await withTenant(
    tenantId,
    (db) => db.$queryRaw<{ sealed: string; live: boolean }[]>`
      DELETE FROM file_key_grants WHERE subject_id = ${subjectId} RETURNING sealed, expires_at > clock_timestamp() AS live`,
  );
  const grant = rows.find((row) => row.live);
  return grant ? openGrant(grant.sealed, workerIdentity, subjectId) : null;
}

/** The public keys of the workers that have given a sign of life within a lease. One of the future is from before the database's clock was set back. */
async function liveWorkers(db: Transaction): Promise<string[]> {
  const leaseSeconds = env().HOLDFAST_LEASE_SECONDS;
  const workers = await db.$queryRaw<{ recipient: string }[]>`
    SELECT recipient FROM workers
    WHERE heartbeat_at BETWEEN clock_timestamp() - make_interval(secs => ${leaseSeconds}::float8)
      AND clock_timestamp() + make_interval(secs => ${leaseSeconds}::float8)`;
  if (workers.length > 0) return workers.map((worker) => worker.recipient);
  throw new ConflictError("No worker is running, so nothing can be opened now. Start one, then try again.", "no-worker");
}
