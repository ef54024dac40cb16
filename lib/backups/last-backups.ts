import type { Transaction } from "#lib/db/client.ts";

export interface LastBackup {
  id: string;
  createdAt: Date;
  proven: string;
}

/** The newest completed backup of each of the systems, by system id; systems without one are absent. */
export async function lastBackupsOf(db: Transaction, systemIds: string[]): Promise<Map<string, LastBackup>> {
  const rows = await db.backup.findMany({
    where: { systemId: { in: systemIds }, status: "completed" },
    distinct: ["systemId"],
    orderBy: [{ systemId: "asc" }, { createdAt: "desc" }],
    select: { systemId: true, id: true, createdAt: true, proven: true },
  });
  return new Map(rows.map(({ systemId, ...last }) => [systemId, last]));
}
