import { isDeepStrictEqual } from "node:util";
import type { TenantConfiguration } from "#lib/connectors/configuration-store.ts";
import { CryptoError } from "#lib/crypto/crypto-error.ts";
import type { Transaction } from "#lib/db/client.ts";
import { cancelPlanned } from "#lib/runs/cancel-planned.ts";
import type { Done } from "#lib/tenants/done.ts";
import { openSecrets } from "#lib/tenants/data-key.ts";

/** A system or destination as it lies in a backup. */
type Thing = TenantConfiguration["systems"][number];
type Columns = Pick<Thing, "name" | "kind" | "sealedSecrets"> & { config: object };

/** What systems and destinations have in common. */
interface Things {
  part: "Systems" | "Destinations";
  noun: "system" | "destination";
  /** Deleted ones too: they come back under their id. */
  rows: () => Promise<(Omit<Thing, "config"> & { config: unknown; deletedAt: Date | null })[]>;
  create: (id: string, columns: Columns) => Promise<unknown>;
  update: (id: string, columns: Columns) => Promise<unknown>;
  remove: (id: string) => Promise<unknown>;
  /** Why one of them cannot disappear, by id. */
  reasonsToStay: () => Promise<Map<string, string>>;
}

const columns = { id: true, name: true, kind: true, config: true, sealedSecrets: true, deletedAt: true } as const;

export function systemThings(db: Transaction): Things {
  return {
    part: "Systems",
    noun: "system",
    rows: () => db.system.findMany({ select: columns }),
    create: (id, data) => db.system.createMany({ data: [{ id, ...data }] }),
    update: (id, data) => db.system.updateMany({ where: { id }, data: { ...data, deletedAt: null } }),
    remove: (id) => removeSystem(db, id),
    reasonsToStay: async () => {
      const stored = await db.backup.findMany({
        where: { status: { notIn: ["abandoned", "deleted"] } },
        distinct: ["systemId"],
        select: { systemId: true },
      });
      const own = await db.system.findMany({ where: { kind: "tenant-configuration" }, select: { id: true } });
      return new Map([
        ...stored.map(({ systemId }) => [systemId, "backups of it are stored"] as const),
        ...own.map(({ id }) => [id, "it is this tenant's own configuration"] as const),
      ]);
    },
  };
}

export function destinationThings(db: Transaction): Things {
  return {
    part: "Destinations",
    noun: "destination",
    rows: () => db.destination.findMany({ select: columns }),
    create: (id, data) => db.destination.createMany({ data: [{ id, ...data }] }),
    update: (id, data) => db.destination.updateMany({ where: { id }, data: { ...data, deletedAt: null } }),
    remove: (id) => db.destination.updateMany({ where: { id }, data: { deletedAt: new Date() } }),
    reasonsToStay: async () => {
      const select = { destinationId: true } as const;
      const copies = await db.backupCopy.findMany({
        where: { status: { notIn: ["failed", "deleted"] } },
        distinct: ["destinationId"],
        select,
      });
      const keyCopies = await db.keyCopy.findMany({ where: { status: { not: "deleted" } }, distinct: ["destinationId"], select });
      return new Map([...copies, ...keyCopies].map(({ destinationId }) => [destinationId, "backups lie there"]));
    },
  };
}

/** Brings back what the backup holds, under its own ids. Credentials that do not open here have to be typed again. */
export async function keepThings(db: Transaction, things: Things, wanted: Thing[], done: Done): Promise<void> {
  const present = new Map((await things.rows()).map((row) => [row.id, row]));
  for (const { id, ...thing } of wanted) {
    const sealedSecrets = await openableSecrets(db, id, thing.sealedSecrets);
    if (thing.sealedSecrets !== null && sealedSecrets === null) {
      done.followUp.push(`Type the credentials of the ${things.noun} “${thing.name}” again: they were sealed by another installation.`);
    }
    const row = present.get(id);
    const data = { ...thing, sealedSecrets };
    if (!row) await things.create(id, data);
    else if (isSame(row, data)) continue;
    else await things.update(id, data);
    done.applied.push({ part: things.part, action: row?.deletedAt === null ? "change" : "add", subject: thing.name });
  }
}

/** Lets go what the backup does not hold, unless something stored refers to it. Policies must have let go of it before. */
export async function removeThings(things: Things, wanted: Thing[], done: Done): Promise<void> {
  const kept = new Set(wanted.map((thing) => thing.id));
  const reasons = await things.reasonsToStay();
  for (const row of await things.rows()) {
    if (row.deletedAt !== null || kept.has(row.id)) continue;
    const reason = reasons.get(row.id);
    if (reason === undefined) await things.remove(row.id);
    done.applied.push({ part: things.part, action: reason ? "keep" : "remove", subject: reason ? `${row.name} (${reason})` : row.name });
  }
}

async function openableSecrets(db: Transaction, id: string, sealedSecrets: string | null): Promise<string | null> {
  try {
    await openSecrets(db, { id, sealedSecrets });
    return sealedSecrets;
  } catch (error) {
    if (error instanceof CryptoError && error.code === "sealed") return null;
    throw error;
  }
}

function isSame(row: Columns | (Omit<Thing, "config"> & { config: unknown; deletedAt: Date | null }), data: Columns): boolean {
  const plain = ({ name, kind, config, sealedSecrets }: { name: string; kind: string; config: unknown; sealedSecrets: string | null }) => ({
    name,
    kind,
    config,
    sealedSecrets,
  });
  return !("deletedAt" in row && row.deletedAt !== null) && isDeepStrictEqual(plain(row), plain(data));
}

async function removeSystem(db: Transaction, id: string): Promise<void> {
  await cancelPlanned(
    db,
    { systemId: id, status: { in: ["scheduled", "queued"] } },
    "The system went with a restore of the configuration.",
  );
  await db.system.updateMany({ where: { id }, data: { deletedAt: new Date() } });
}
