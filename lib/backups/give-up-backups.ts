import type { Transaction } from "#lib/db/client.ts";

/**
 * Marks backups for removal, with their copies: from here on, what lies in the destinations goes. One that was pinned meanwhile, or is no longer in
 * the state `from`, is left alone.
 *
 * @returns the ids of those that were marked
 */
export async function giveUpBackups(
  db: Transaction,
  ids: string[],
  { from, now }: { from: "completed" | "trashed"; now: Date },
): Promise<string[]> {
  const marked = await db.backup.updateManyAndReturn({
    where: { id: { in: ids }, status: from, pinned: false, OR: [{ pinnedUntil: null }, { pinnedUntil: { lte: now } }] },
    data: { status: "deleting" },
    select: { id: true },
  });
  const backupIds = marked.map(({ id }) => id);
  await db.backupCopy.updateMany({
    where: { backupId: { in: backupIds }, status: { notIn: ["deleted", "failed"] } },
    data: { status: "deleting", attempts: 0, nextAttemptAt: null },
  });
  return backupIds;
}
