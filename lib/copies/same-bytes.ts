import { raiseProof } from "#lib/backups/raise-proof.ts";
import type { Transaction } from "#lib/db/client.ts";

/**
 * Records that a good copy is byte for byte the recorded archive: what its own run proved of these bytes holds again, unless somebody opened them since and
 * found them unsound. Where every copy is in order, nothing is wrong with the backup any more; what was is in the audit log.
 */
export async function recordSameBytes(db: Transaction, backup: { id: string; origin: string; authenticity: string }): Promise<void> {
  if (await isKnownUnsound(db, backup.id)) return;
  await raiseProof(db, backup.id, provenBySameBytes(backup));
  await forgetFailureOfWhole(db, backup.id);
}

/** Lets a backup no longer say what was wrong where every copy is in order again, and what is in the archive is not the trouble. */
export async function forgetFailure(db: Transaction, backupId: string): Promise<void> {
  if (!(await isKnownUnsound(db, backupId))) await forgetFailureOfWhole(db, backupId);
}

function provenBySameBytes({ origin, authenticity }: { origin: string; authenticity: string }): "stored" | "intact" | "valid" {
  if (origin === "run" && authenticity === "own") return "valid";
  return authenticity === "foreign" ? "stored" : "intact";
}

/** What the last verification that opened the archive said. */
async function isKnownUnsound(db: Transaction, backupId: string): Promise<boolean> {
  const [last] = await db.$queryRaw<{ unsound: string | null }[]>`
    SELECT result->>'unsound' AS unsound FROM verifications
    WHERE backup_id = ${backupId} AND (result->>'opened')::boolean ORDER BY created_at DESC LIMIT 1`;
  return (last?.unsound ?? null) !== null;
}

/** A copy that only could not be reached lately (checked after it was last verified) is no finding. */
async function forgetFailureOfWhole(db: Transaction, backupId: string): Promise<void> {
  await db.$executeRaw`
    UPDATE backups SET verification_failure = NULL
    WHERE id = ${backupId} AND NOT EXISTS (
      SELECT 1 FROM backup_copies copy
      WHERE copy.backup_id = backups.id AND (copy.status IN ('damaged', 'missing')
        OR (copy.status = 'stored' AND copy.failure IS NOT NULL AND copy.verified_at >= copy.checked_at)))`;
}
