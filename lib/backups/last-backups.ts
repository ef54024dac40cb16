import type { Prisma, Transaction } from "#lib/db/client.ts";

export interface LastBackup {
  id: string;
  systemId: string;
  createdAt: Date;
  proven: string;
}

/**
 * The newest completed backup of each of these systems, by system id; those without one are absent. One that was found somewhere and that nobody vouches for
 * counts for nothing: it can say of itself that it was made today.
 */
export async function lastBackupsOf(db: Transaction, systemIds: readonly string[]): Promise<Map<string, LastBackup>> {
  return newestOf(db, systemIds, {});
}

/** The same of those that are good (isGood of retention.ts): proven to restore, and stored somewhere. */
export async function lastGoodBackupsOf(db: Transaction, systemIds: readonly string[]): Promise<Map<string, LastBackup>> {
  return newestOf(db, systemIds, { proven: { in: ["valid", "rehearsed", "restored"] }, copies: { some: { status: "stored" } } });
}

async function newestOf(db: Transaction, systemIds: readonly string[], which: Prisma.BackupWhereInput): Promise<Map<string, LastBackup>> {
  const rows = await db.backup.findMany({
    where: { ...which, systemId: { in: [...systemIds] }, status: "completed", authenticity: { not: "foreign" } },
    distinct: ["systemId"],
    orderBy: [{ systemId: "asc" }, { createdAt: "desc" }],
    select: { id: true, systemId: true, createdAt: true, proven: true },
  });
  return new Map(rows.map((row) => [row.systemId, row]));
}
