import { raiseProof } from "#lib/backups/raise-proof.ts";
import { type BadCopy, recordAlarm, recordBadCopies, scheduleMending } from "#lib/copies/record-bad-copies.ts";
import { recordSameBytes } from "#lib/copies/same-bytes.ts";
import type { Transaction } from "#lib/db/client.ts";
import type { CheckedCopy } from "#lib/verifications/check-copy.ts";
import type { ClaimedVerification } from "#lib/verifications/claim-verification.ts";
import type { VerificationResult } from "#lib/verifications/schemas.ts";

/** Lets the rows of a backup and its copies say what a verification saw, in the caller's transaction, and raises the alarm where something is wrong. */
export async function recordFindings(
  db: Transaction,
  verification: ClaimedVerification,
  checked: readonly CheckedCopy[],
  result: VerificationResult,
): Promise<void> {
  const { tenantId, id, backupId, backup } = verification;
  for (const copy of checked) await recordCopy(db, backupId, copy);
  const bad = checked.flatMap(toBad);
  if (bad.length > 0) await recordBadCopies(db, { tenantId, backupId, bad, detail: { verificationId: id } });
  if (result.proven === "stored") return;
  await db.backup.update({ where: { id: backupId }, data: { verifiedAt: new Date() } });
  // One copy that is good again is enough to make the others from.
  await scheduleMending(db, backupId);
  if (result.unsound !== null) {
    const alarm = { tenantId, backupId, failure: `The archive is the recorded one, but it does not open as it should: ${result.unsound}` };
    await recordAlarm(db, { ...alarm, proven: result.proven, detail: { verificationId: id } });
    return;
  }
  if (result.opened) await raiseProof(db, backupId, result.proven);
  await recordSameBytes(db, backup);
}

/** What lies there and is in order, and what could not be asked. What is bad is recordBadCopies' business. */
async function recordCopy(db: Transaction, backupId: string, { destinationId, outcome, message }: CheckedCopy): Promise<void> {
  const now = new Date();
  const where = { backupId, destinationId, leaseOwner: null };
  const settled = { in: ["stored", "damaged", "missing"] };
  if (outcome === "good") {
    const inOrder = { status: "stored", verifiedAt: now, checkedAt: now, failure: null, attempts: 0, nextAttemptAt: null };
    await db.backupCopy.updateMany({ where: { ...where, status: settled }, data: inOrder });
  }
  if (outcome === "unreachable") {
    await db.backupCopy.updateMany({ where: { ...where, status: settled }, data: { checkedAt: now } });
    await db.backupCopy.updateMany({
      where: { ...where, status: "stored" },
      data: { failure: `It could not be verified: ${message ?? ""}` },
    });
  }
}

function toBad({ destinationId, outcome, message, mendable }: CheckedCopy): BadCopy[] {
  if (outcome === "good" || outcome === "unreachable") return [];
  return [{ destinationId, status: outcome === "beside" ? "stored" : outcome, failure: message ?? "", mendable }];
}
