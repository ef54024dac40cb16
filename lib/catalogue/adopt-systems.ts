import { type Adoptable, type Adoption, TAKEN } from "#lib/catalogue/adoption.ts";
import { authenticityOf, type Believed } from "#lib/catalogue/signers.ts";
import { addSkip } from "#lib/catalogue/report.ts";
import type { Transaction } from "#lib/db/client.ts";

const CONFIGURATION = "tenant-configuration";

/** Makes sure that each backup's system has a row. Leaves out, and reports, backups of what is a system of another kind here. */
export async function adoptSystems(db: Transaction, adoption: Adoption, batch: Adoptable[], believed: Believed): Promise<Adoptable[]> {
  const wanted = new Map(batch.map(({ found }) => [found.description.system.id, found.description.system]));
  const ids = [...wanted.keys()];
  const before = await kindsOf(db, ids);
  const hasConfiguration = (await db.system.count({ where: { kind: CONFIGURATION, deletedAt: null } })) > 0;
  const missing = [...wanted.values()].filter(({ id }) => !before.has(id));
  // How to connect to it is in no description: that has to be filled in before something can be restored into it. A tenant has one configuration that is
  // connected: backups of another one are restored into that.
  const rows = missing.map(({ id, name, kind, version }) => ({
    ...{ id, name, kind, config: {}, systemVersion: version },
    deletedAt: kind === CONFIGURATION && hasConfiguration ? new Date() : null,
  }));
  await db.system.createMany({ data: rows, skipDuplicates: true });
  for (const { found } of batch)
    if (authenticityOf(found.signer, found.description.key?.id ?? null, believed) !== "foreign") await correctKind(db, found);
  const kinds = await kindsOf(db, ids);
  for (const { id } of missing.filter((system) => kinds.has(system.id) && !adoption.counted.has(system.id))) {
    adoption.counted.add(id);
    adoption.report.added.systems += 1;
  }
  return batch.filter(({ found }) => isSameKind(adoption, found, kinds));
}

/** A system that only backups without anybody's word have brought, and that nobody has connected, is what a believed one says. */
async function correctKind(db: Transaction, { description }: Adoptable["found"]): Promise<void> {
  const { id, name, kind } = description.system;
  const nobodysWord = { backups: { none: { authenticity: { not: "foreign" } } }, runs: { none: {} }, config: { equals: {} } };
  await db.system.updateMany({ where: { id, kind: { notIn: [kind, CONFIGURATION] }, ...nobodysWord }, data: { name, kind } });
}

async function kindsOf(db: Transaction, ids: string[]): Promise<Map<string, string>> {
  const rows = await db.system.findMany({ where: { id: { in: ids } }, select: { id: true, kind: true } });
  return new Map(rows.map(({ id, kind }) => [id, kind]));
}

function isSameKind({ report }: Adoption, { description, pair }: Adoptable["found"], kinds: Map<string, string>): boolean {
  const { id, kind } = description.system;
  const present = kinds.get(id);
  if (present === kind) return true;
  const reason = present === undefined ? TAKEN : `is a backup of the kind ${kind}, and the system ${id} is of the kind ${present} here`;
  addSkip(report, { key: pair.archive.key, reason });
  return false;
}
