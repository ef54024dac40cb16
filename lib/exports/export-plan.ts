import { keyFileKey } from "#lib/backups/object-keys.ts";
import type { Transaction } from "#lib/db/client.ts";

/** What an export takes, by the catalogue. */
export interface ExportPlan {
  system: { id: string; name: string; kind: string };
  backups: ExportedBackup[];
  keyFiles: { name: string; content: string }[];
}

export type ExportedBackup = Awaited<ReturnType<typeof completedBackups>>[number];

/** The plan of one system, oldest backup first. */
export async function readExportPlan(db: Transaction, systemId: string): Promise<ExportPlan> {
  const system = await db.system.findUniqueOrThrow({ where: { id: systemId }, select: { id: true, name: true, kind: true } });
  const backups = await completedBackups(db, systemId);
  return { system, backups, keyFiles: await keyFilesOf(db, backups) };
}

/** Best copy first: the one that was seen to be whole last. */
async function completedBackups(db: Transaction, systemId: string) {
  return db.backup.findMany({
    where: { systemId, status: "completed" },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    select: {
      id: true,
      createdAt: true,
      keyId: true,
      sizeBytes: true,
      sha256: true,
      authenticity: true,
      description: true,
      copies: {
        where: { status: "stored" },
        orderBy: [{ verifiedAt: { sort: "desc", nulls: "last" } }, { destinationId: "asc" }],
        select: { destinationId: true, objectKey: true, descriptionKey: true, destination: { select: { name: true } } },
      },
    },
  });
}

/** As they lie in a destination: beside the folders of the systems, in the folder of the tenant that wrote the archives. */
async function keyFilesOf(db: Transaction, backups: ExportedBackup[]): Promise<ExportPlan["keyFiles"]> {
  const folders = new Map<string, Set<string>>();
  for (const { keyId, copies } of backups)
    for (const { objectKey } of copies) folders.set(keyId, (folders.get(keyId) ?? new Set()).add(objectKey.split("/")[0] ?? ""));
  const keys = await db.key.findMany({
    where: { id: { in: [...folders.keys()] }, protectedIdentity: { not: null } },
    select: { id: true, protectedIdentity: true, protectionVersion: true },
    orderBy: { id: "asc" },
  });
  return keys.flatMap(({ id, protectedIdentity, protectionVersion: version }) =>
    [...(folders.get(id) ?? [])].map((tenantId) => ({
      name: keyFileKey({ tenantId, keyId: id, version }),
      content: protectedIdentity ?? "",
    })),
  );
}
