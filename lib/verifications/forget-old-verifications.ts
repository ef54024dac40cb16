import type { Transaction } from "#lib/db/client.ts";

/** Taken at once, so that no transaction is long; the rest has its turn in the next hour. */
const MOST_AT_ONCE = 10_000;

/**
 * Removes the rows of verifications that ended over a year ago, of all tenants; the last one of each backup stays. While the clock is in doubt, nothing: what
 * is young would be taken for old. Answers how many went.
 */
export async function forgetOldVerifications(db: Transaction): Promise<number> {
  // The subselects are asked once: compared with a clock that moves on, no index could be used.
  return db.$executeRaw`
    DELETE FROM verifications WHERE id IN (
      SELECT old.id FROM verifications old
      WHERE old.finished_at < (SELECT clock_timestamp() - interval '1 year')
        AND NOT EXISTS (SELECT 1 FROM installation WHERE clock_doubt IS NOT NULL)
        AND EXISTS (
          SELECT 1 FROM verifications newer
          WHERE newer.tenant_id = old.tenant_id AND newer.backup_id = old.backup_id AND newer.created_at > old.created_at)
      LIMIT ${MOST_AT_ONCE})`;
}
