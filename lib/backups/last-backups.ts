import { databaseNow } from "#lib/clock/database-now.ts";
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

/** How far a date may lie ahead of the database's clock. One of the future says nothing of how old a backup is. */
const TOLERANCE_MS = 300_000;

/** The same of those that are good (isGood of retention.ts): proven to restore, stored somewhere, and not dated in the future. */
export async function lastGoodBackupsOf(db: Transaction, systemIds: readonly string[]): Promise<Map<string, LastBackup>> {
  const createdAt = { lte: new Date((await databaseNow(db)).getTime() + TOLERANCE_MS) };
  return newestOf(db, systemIds, { createdAt, proven: { in: ["valid", "rehearsed", "restored"] }, copies: { some: { status: "stored" } } });
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
