import type { Transaction } from "#lib/db/client.ts";

/** Restores in these states still need the backup that they are made of, and the safety backup that they took. */
const UNFINISHED = ["planning", "planned", "awaitingApproval", "approved", "running"];

/** Which of these backups a restore still needs. */
export async function usedByRestore(db: Transaction, backupIds: string[]): Promise<Set<string>> {
  const isOne = { in: backupIds };
  const restores = await db.restore.findMany({
    where: { status: { in: UNFINISHED }, OR: [{ backupId: isOne }, { safetyBackupId: isOne }] },
    select: { backupId: true, safetyBackupId: true },
  });
  return new Set(restores.flatMap(({ backupId, safetyBackupId }) => [backupId, safetyBackupId ?? backupId]));
}
