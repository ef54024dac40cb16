import type { Transaction } from "#lib/db/client.ts";
import { NotFoundError } from "#lib/errors.ts";
import type { KeyRow } from "#lib/keys/current-key.ts";
import type { KeyDto, KeyMode } from "#lib/keys/schemas.ts";

/** The part of a query that counts what toKey shows: backups that can be restored with the key. */
export const withBackupCount = { _count: { select: { backups: { where: { status: { in: ["completed", "trashed"] } } } } } };

/** A row as the API shows it. */
export function toKey(row: KeyRow & { _count?: { backups: number } }): KeyDto {
  return {
    id: row.id,
    mode: row.mode as KeyMode,
    fingerprint: row.fingerprint,
    recipient: row.recipient,
    createdAt: row.createdAt.toISOString(),
    retiredAt: row.retiredAt?.toISOString() ?? null,
    hint: row.hint,
    recoveryRecipients: row.recoveryRecipients,
    backupCount: row._count?.backups ?? 0,
  };
}

/** Throws NotFoundError for an id that is not among the tenant's keys. */
export async function getKeyOrThrow(db: Transaction, id: string) {
  const row = await db.key.findUnique({ where: { id }, include: withBackupCount });
  if (!row) throw new NotFoundError("key");
  return row;
}
