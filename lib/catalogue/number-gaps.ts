import type { Transaction } from "#lib/db/client.ts";

/** Numbers that no backup of a system has, both ends included. */
export interface NumberGap {
  from: number;
  to: number;
}

/**
 * Which numbers are missing between the lowest and the highest that a system's backups have, deleted ones included. What nobody vouches for counts only where
 * there is nothing else: else whoever can write to a destination could fill a gap.
 */
export async function numberGaps(db: Transaction, systemId: string): Promise<NumberGap[]> {
  return db.$queryRaw<NumberGap[]>`
    WITH counted AS (
      SELECT number, authenticity <> 'foreign' AS believed, bool_or(authenticity <> 'foreign') OVER () AS some_believed
      FROM backups WHERE system_id = ${systemId} AND number IS NOT NULL
    ), following AS (
      SELECT number, lead(number) OVER (ORDER BY number) AS next FROM counted WHERE believed OR NOT some_believed
    )
    SELECT number + 1 AS "from", next - 1 AS "to" FROM following WHERE next > number + 1 ORDER BY number`;
}
