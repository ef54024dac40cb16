import type { Transaction } from "#lib/db/client.ts";

/** Restores in these states still need the backup that they are made of. */
const UNFINISHED = ["planning", "planned", "awaitingApproval", "approved", "running"];

/** Which of these backups a restore still needs. */
export async function usedByRestore(db: Transaction, backupIds: string[]): Promise<Set<string>> {
  const where = { backupId: { in: backupIds }, status: { in: UNFINISHED } };
  const restores = await db.restore.findMany({ where, select: { backupId: true } });
  return new Set(restores.map((restore) => restore.backupId));
}
