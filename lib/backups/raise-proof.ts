import { type ProofLevel, proofLevels } from "#lib/backups/schemas.ts";
import type { Transaction } from "#lib/db/client.ts";

/** Records what was proven of a backup just now, unless more than that is known already, or nobody vouches for the bytes that it was proven of. */
export async function raiseProof(db: Transaction, backupId: string, proven: ProofLevel): Promise<void> {
  const less = proofLevels.slice(0, proofLevels.indexOf(proven));
  await db.backup.updateMany({
    where: { id: backupId, proven: { in: less }, authenticity: { not: "foreign" } },
    data: { proven, verifiedAt: new Date() },
  });
}
