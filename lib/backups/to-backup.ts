import type { Authenticity, BackupDto, BackupOrigin, BackupStatus, CopyStatus, ProofLevel } from "#lib/backups/schemas.ts";
import { backupStatuses } from "#lib/backups/schemas.ts";
import type { Transaction } from "#lib/db/client.ts";
import { NotFoundError } from "#lib/errors.ts";
import { toVerification } from "#lib/verifications/to-verification.ts";

/** The part of a query that toBackup needs. */
export const withCopies = {
  copies: { include: { destination: { select: { name: true, kind: true, deletedAt: true } } }, orderBy: { destinationId: "asc" } },
  verifications: { orderBy: { createdAt: "desc" }, take: 1 },
} as const;

export type BackupRow = Awaited<ReturnType<typeof getBackupOrThrow>>;

/** A backup that people may see, with its copies. Throws NotFoundError, also for one that was never completed or is gone. */
export async function getBackupOrThrow(db: Transaction, id: string) {
  const row = await db.backup.findFirst({ where: { id, status: { in: [...backupStatuses] } }, include: withCopies });
  if (!row) throw new NotFoundError("backup");
  return row;
}

/** A row as the API shows it. */
export function toBackup(row: BackupRow): BackupDto {
  return {
    id: row.id,
    systemId: row.systemId,
    systemName: row.systemName,
    systemKind: row.systemKind,
    runId: row.runId,
    policyId: row.policyId,
    trigger: row.trigger,
    status: row.status as BackupStatus,
    createdAt: row.createdAt.toISOString(),
    sizeBytes: Number(row.sizeBytes ?? 0),
    plaintextBytes: Number(row.plaintextBytes ?? 0),
    entryCount: row.entryCount ?? 0,
    sha256: row.sha256 ?? "",
    keyId: row.keyId,
    formatVersion: row.formatVersion,
    systemVersion: row.systemVersion,
    productVersion: row.productVersion,
    includesSecrets: row.includesSecrets,
    notInBackup: row.notInBackup,
    proven: row.proven as ProofLevel,
    verifiedAt: row.verifiedAt?.toISOString() ?? null,
    verificationFailure: row.verificationFailure,
    verification: row.verifications[0] ? toVerification(row.verifications[0]) : null,
    ...pinOf(row, new Date()),
    origin: row.origin as BackupOrigin,
    authenticity: row.authenticity as Authenticity,
    retentionHeld: row.retentionHeld,
    number: row.number,
    trashedAt: row.trashedAt?.toISOString() ?? null,
    copies: row.copies.filter((copy) => copy.status !== "deleted").map(toCopy),
  };
}

function toCopy(copy: BackupRow["copies"][number]): BackupDto["copies"][number] {
  return {
    destinationId: copy.destinationId,
    destinationName: copy.destination.name,
    destinationKind: copy.destination.kind,
    isDisconnected: copy.destination.deletedAt !== null,
    objectKey: copy.objectKey,
    status: copyStatusOf(copy.status),
    failure: copy.failure,
    verifiedAt: copy.verifiedAt?.toISOString() ?? null,
    checkedAt: copy.checkedAt?.toISOString() ?? null,
    lockedUntil: copy.lockedUntil?.toISOString() ?? null,
    isCopying: copy.leaseOwner !== null && copy.status !== "deleting",
    nextAttemptAt: copy.nextAttemptAt?.toISOString() ?? null,
  };
}

/** A person's pin has no end; a safety backup's has. */
function pinOf({ pinned, pinnedUntil }: Pick<BackupRow, "pinned" | "pinnedUntil">, now: Date): Pick<BackupDto, "pinned" | "pinnedUntil"> {
  const until = pinnedUntil !== null && pinnedUntil > now ? pinnedUntil.toISOString() : null;
  return { pinned: pinned || until !== null, pinnedUntil: pinned ? null : until };
}

/**
 * A copy that its destination refused, and what came to lie there was removed, is for people one that is missing; so is one that is only being made. Of a
 * completed backup, `writing` is just that.
 */
function copyStatusOf(status: string): CopyStatus {
  return status === "failed" || status === "writing" ? "missing" : (status as CopyStatus);
}
