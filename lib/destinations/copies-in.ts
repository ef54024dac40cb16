import { databaseNow } from "#lib/clock/database-now.ts";
import type { Prisma, Transaction } from "#lib/db/client.ts";

/** Backups that lie in this destination and, as far as is known, nowhere else. */
export function onlyIn(destinationId: string): Prisma.BackupWhereInput {
  return {
    status: "completed",
    AND: [
      { copies: { some: { destinationId, status: "stored" } } },
      { copies: { none: { destinationId: { not: destinationId }, status: "stored" } } },
    ],
  };
}

/**
 * Ids of backups of which something lies in this destination, and which are whole elsewhere. Pinned ones are left as they are, and so are those whose other copies
 * were only found by a rebuild: nobody has read them yet.
 */
export async function copiesElsewhere(db: Transaction, destinationId: string): Promise<string[]> {
  const read = { OR: [{ isFound: false }, { verifiedAt: { not: null } }] };
  const rows = await db.backup.findMany({
    where: {
      status: "completed",
      pinned: false,
      OR: [{ pinnedUntil: null }, { pinnedUntil: { lte: await databaseNow(db) } }],
      AND: [
        { copies: { some: { destinationId, status: { notIn: ["deleted", "failed", "deleting"] } } } },
        { copies: { some: { destinationId: { not: destinationId }, status: "stored", ...read } } },
      ],
    },
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}
