import type { Transaction } from "#lib/db/client.ts";

const MOST_AT_ONCE = 1000;

/**
 * Removes webhooks of all tenants that were deleted over `days` ago, with their secrets and their log: until then, enabling one takes its deletion back.
 * While the clock is in doubt, nothing. Answers how many went.
 */
export async function forgetOldWebhooks(db: Transaction, days = 7): Promise<number> {
  return db.$executeRaw`
    DELETE FROM webhooks WHERE id IN (
      SELECT id FROM webhooks
      WHERE deleted_at < (SELECT clock_timestamp() - make_interval(days => ${days}::int))
        AND NOT EXISTS (SELECT 1 FROM installation WHERE clock_doubt IS NOT NULL)
      LIMIT ${MOST_AT_ONCE})`;
}
