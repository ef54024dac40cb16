import { databaseNow } from "#lib/clock/database-now.ts";
import { type AuditActor, appendAudit } from "#lib/db/audit.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { recordEvent } from "#lib/events/record-event.ts";

const holdfast: AuditActor = { kind: "system", id: null, label: "Holdfast", address: null };

/** What was really seen wrong with a copy. A destination that does not answer is no such thing. */
export interface BadCopy {
  destinationId: string;
  /** `stored`: its archive is good, and something beside it is not. */
  status: "damaged" | "missing" | "stored";
  /** A sentence. */
  failure: string;
  /** Whether a machine can bring it in order from what is good. */
  mendable: boolean;
}

/** Who saw it. */
export interface BadCopies {
  tenantId: string;
  backupId: string;
  bad: readonly BadCopy[];
  detail?: Record<string, unknown>;
}

/**
 * Writes down that copies are not what they should be, in the caller's transaction: their rows say what was seen, and when they are mended from a good
 * one. Without a good one left, nothing is proven of the backup any more but that it was stored once. Raises the alarm: an audit event
 * `backup.verificationFailed`, which shows its system as needing attention. What a worker is making anew just now is none of it: its end says what it is.
 */
export async function recordBadCopies(db: Transaction, { tenantId, backupId, bad, detail }: BadCopies): Promise<void> {
  const destinations = await db.destination.findMany({
    where: { id: { in: bad.map(({ destinationId }) => destinationId) } },
    select: { id: true, name: true, deletedAt: true },
  });
  const destinationOf = new Map(destinations.map((destination) => [destination.id, destination]));
  const marked: BadCopy[] = [];
  for (const copy of bad) {
    const isGivenUp = (destinationOf.get(copy.destinationId)?.deletedAt ?? null) !== null;
    if (await markCopy(db, backupId, { ...copy, mendable: copy.mendable && !isGivenUp })) marked.push(copy);
  }
  const hasGood = await scheduleMending(db, backupId);
  if (marked.length === 0) return;
  const nameOf = (id: string) => destinationOf.get(id)?.name ?? id;
  await recordAlarm(db, {
    tenantId,
    backupId,
    failure: marked.map((copy) => `“${nameOf(copy.destinationId)}”: ${copy.failure}`).join(" "),
    proven: hasGood ? null : "stored",
    detail: { ...detail, copies: marked.map(({ destinationId, status, failure }) => ({ destinationId, status, failure })) },
  });
}

/**
 * Answers whether the row says so now. One that is `stored` although somebody holds it has only its description mended: when the archive itself turns out
 * bad, it is taken from that worker, who else would call it good at the end.
 */
async function markCopy(db: Transaction, backupId: string, { destinationId, status, failure, mendable }: BadCopy): Promise<boolean> {
  const now = await databaseNow(db);
  const where = { backupId, destinationId };
  const free = { ...where, status: { in: ["stored", "damaged", "missing"] }, leaseOwner: null };
  const seen = { status, failure, checkedAt: now, attempts: 0, leaseOwner: null };
  if (status === "stored") {
    const nextAttemptAt = mendable ? now : null;
    const { count } = await db.backupCopy.updateMany({ where: free, data: { ...seen, verifiedAt: now, nextAttemptAt } });
    return count > 0;
  }
  const { count } = await db.backupCopy.updateMany({
    where: { OR: [free, { ...where, status: "stored" }] },
    data: { ...seen, nextAttemptAt: null },
  });
  return count > 0;
}

interface Alarm {
  tenantId: string;
  backupId: string;
  /** A sentence. */
  failure: string;
  /** What is left of what was proven; null when that stays. */
  proven: string | null;
  detail: Record<string, unknown>;
}

/** Writes down that a backup failed its verification, for the audit log and everything that follows from it. */
export async function recordAlarm(db: Transaction, { tenantId, backupId, failure, proven, detail }: Alarm): Promise<void> {
  const backup = await db.backup.update({
    where: { id: backupId },
    data: { verificationFailure: failure, ...(proven === null ? {} : { proven }) },
    select: { systemId: true, systemName: true, proven: true },
  });
  await appendAudit(db, tenantId, holdfast, {
    action: "backup.verificationFailed",
    subjectKind: "backup",
    subjectId: backupId,
    subjectLabel: backup.systemName,
    detail: { ...detail, failure, proven: backup.proven },
  });
  const told = { backupId, systemId: backup.systemId, message: failure };
  await recordEvent(db, "backup.verificationFailed", { tenantId, subjectKind: "backup", subjectId: backupId }, told);
  await notifyChange(db, { tenantId, kinds: ["backups", "systems", "overview", "audit", "copies"], ids: [backupId] });
}

/** Lets copies that are damaged, gone or never came be made anew from a good one, where there is one. Answers whether there is. */
export async function scheduleMending(db: Transaction, backupId: string): Promise<boolean> {
  const good = await db.backupCopy.count({ where: { backupId, status: "stored" } });
  if (good === 0) return false;
  await db.backupCopy.updateMany({
    where: {
      backupId,
      status: { in: ["damaged", "missing", "failed"] },
      nextAttemptAt: null,
      leaseOwner: null,
      destination: { deletedAt: null },
    },
    data: { nextAttemptAt: await databaseNow(db) },
  });
  return true;
}
