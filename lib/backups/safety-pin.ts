import type { Transaction } from "#lib/db/client.ts";

/** For how long after a restore what it replaced is kept for certain. */
const UNDO_DAYS = 7;

/** The end of the time in which a restore that ended at `from` can be undone. */
export function undoWindowEnd(from: Date): Date {
  return new Date(from.getTime() + UNDO_DAYS * 86_400_000);
}

/** The safety backup's pin counts from the end of its restore; it began when the backup was made. */
export async function extendSafetyPin(db: Transaction, restoreId: string, finishedAt: Date): Promise<void> {
  const restore = await db.restore.findFirst({ where: { id: restoreId, safetyBackupId: { not: null } }, select: { safetyBackupId: true } });
  if (!restore?.safetyBackupId) return;
  await db.backup.updateMany({ where: { id: restore.safetyBackupId }, data: { pinnedUntil: undoWindowEnd(finishedAt) } });
}
