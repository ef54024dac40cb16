import type { Transaction } from "#lib/db/client.ts";
import { ConflictError } from "#lib/errors.ts";

/** Restores in these states still need the backup that they are made of, and the safety backup that they took. */
const UNFINISHED = ["planning", "planned", "awaitingApproval", "approved", "running"];

/** The backups of the tenant that some restore still needs. Asked of the few restores: of backups there may be more than a statement takes parameters. */
export async function usedByRestore(db: Transaction): Promise<Set<string>> {
  const restores = await db.restore.findMany({
    where: { status: { in: UNFINISHED } },
    select: { backupId: true, safetyBackupId: true },
  });
  return new Set(restores.flatMap(({ backupId, safetyBackupId }) => [backupId, safetyBackupId ?? backupId]));
}

/** Throws ConflictError "backup-in-use" while a restore needs the backup. */
export async function refuseInUse(db: Transaction, id: string): Promise<void> {
  if (!(await usedByRestore(db)).has(id)) return;
  throw new ConflictError("A restore is using this backup. Finish or cancel that restore first.", "backup-in-use");
}
