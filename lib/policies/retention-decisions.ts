import type { DecidedBackup } from "#lib/backups/decide-retention.ts";
import type { RetentionDecisions } from "#lib/policies/schemas.ts";

/** Decisions that are told one by one; the counts are of all. */
const MOST_TOLD = 500;

/** Decisions as the API shows them. */
export function toDecisions(decided: readonly DecidedBackup[]): RetentionDecisions {
  const keeps = decided.filter(({ keep }) => keep).length;
  const decisions = decided.slice(0, MOST_TOLD).map(({ id, systemId, systemName, createdAt, keep, reason }) => ({
    backupId: id,
    systemId,
    systemName,
    createdAt: createdAt.toISOString(),
    keep,
    reason,
  }));
  return { keeps, deletes: decided.length - keeps, decisions };
}
