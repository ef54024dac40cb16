import { decideAmong, readBackupsAround, type RetentionRules } from "#lib/backups/decide-retention.ts";
import { databaseNow } from "#lib/clock/database-now.ts";
import type { Transaction } from "#lib/db/client.ts";

export interface WouldDelete {
  /** Backups that the edited policy would delete now. */
  deletes: number;
  /** Those of them that the policy as it stands keeps. */
  more: number;
}

/** What an edit of a policy would delete, beside what would be deleted without it. */
export async function wouldDelete(db: Transaction, before: RetentionRules, after: RetentionRules): Promise<WouldDelete> {
  const now = await databaseNow(db);
  const backups = await readBackupsAround(db, before.policyId);
  const lost = (rules: RetentionRules) => decideAmong(backups, rules, now).filter(({ keep }) => !keep);
  const already = new Set(lost(before).map(({ id }) => id));
  const then = lost(after);
  return { deletes: then.length, more: then.filter(({ id }) => !already.has(id)).length };
}
