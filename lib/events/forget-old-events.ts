import type { Transaction } from "#lib/db/client.ts";

/** Taken at once, so that no transaction is long; the rest has its turn soon. */
const MOST_AT_ONCE = 5_000;

/**
 * Removes events of all tenants that were told over `days` ago, with their deliveries and mails. While the clock is in doubt, nothing: what is young would be
 * taken for old. Answers how many went.
 */
export async function forgetOldEvents(db: Transaction, days = 90): Promise<number> {
  // The subselects are asked once: compared with a clock that moves on, no index could be used.
  return db.$executeRaw`
    DELETE FROM events WHERE id IN (
      SELECT id FROM events
      WHERE spread_at < (SELECT clock_timestamp() - make_interval(days => ${days}::int))
        AND NOT EXISTS (SELECT 1 FROM installation WHERE clock_doubt IS NOT NULL)
      ORDER BY spread_at LIMIT ${MOST_AT_ONCE})`;
}
