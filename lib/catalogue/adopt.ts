import { type Adoptable, type Adoption, type Candidate, TAKEN } from "#lib/catalogue/adoption.ts";
import { adoptKeys } from "#lib/catalogue/adopt-keys.ts";
import { adoptSystems } from "#lib/catalogue/adopt-systems.ts";
import { backupColumns, copyColumns } from "#lib/catalogue/columns.ts";
import { addSkip } from "#lib/catalogue/report.ts";
import { type Believed, authenticityOf, believedSigners } from "#lib/catalogue/signers.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";

type KnownBackup = Awaited<ReturnType<typeof knownBackups>>[number];

/**
 * Takes a batch of found backups into the catalogue: only what is missing is added, and no row that is there is changed. Does nothing twice, however often and
 * from however many processes it is called.
 */
export async function adopt(db: Transaction, adoption: Adoption, batch: Candidate[]): Promise<void> {
  const { place, report } = adoption;
  await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('catalogue:' || current_tenant(), 0))`;
  const known = new Map((await knownBackups(db, batch)).map((row) => [row.id, row]));
  for (const found of batch) {
    const row = known.get(found.description.backupId);
    if (row) await completeKnown(db, adoption, found, row);
  }
  const fresh = batch.filter(({ description }) => !known.has(description.backupId));
  const adoptable = await adoptSystems(db, adoption, await adoptKeys(db, adoption, fresh));
  const believed = await believedSigners(db, place.trust);
  await insertBackups(db, adoption, adoptable, believed);
  await notifyChange(db, { tenantId: place.tenantId, kinds: ["backups", "systems", "keys", "destinations", "overview"] });
  report.found += batch.length;
}

async function knownBackups(db: Transaction, batch: Candidate[]) {
  return db.backup.findMany({
    where: { id: { in: batch.map(({ description }) => description.backupId) } },
    select: {
      id: true,
      status: true,
      origin: true,
      systemId: true,
      sha256: true,
      sizeBytes: true,
      ageHeader: true,
      copies: { select: { destinationId: true, objectKey: true } },
    },
  });
}

/** A backup that the catalogue has may lack its copy here. */
async function completeKnown(db: Transaction, { place, report }: Adoption, found: Candidate, row: KnownBackup): Promise<void> {
  const { description, pair } = found;
  const skip = (reason: string) => addSkip(report, { key: pair.archive.key, reason });
  // Somebody is just writing it, or it is being removed by its rows.
  if (row.status === "writing" || row.status === "abandoned" || row.status === "deleting") {
    report.known += 1;
    return;
  }
  if (row.status === "deleted") {
    skip("was deleted in this catalogue, and still lies there");
    return;
  }
  const isSame = row.sha256 === description.archive.sha256 && row.systemId === description.system.id;
  if (!isSame) {
    skip("is not the archive that the catalogue has under this name: it is left alone");
    return;
  }
  const copy = row.copies.find(({ destinationId }) => destinationId === place.destinationId);
  if (copy && copy.objectKey !== pair.archive.key) {
    skip(`lies in this destination a second time: the catalogue has ${copy.objectKey}`);
    return;
  }
  report.known += 1;
  if (copy) return;
  const { count } = await db.backupCopy.createMany({ data: [copyColumns(place, found)], skipDuplicates: true });
  report.added.copies += count;
  if (row.origin === "rebuild" && row.ageHeader === null && found.head !== null)
    await db.backup.updateMany({ where: { id: row.id, ageHeader: null }, data: { ageHeader: new Uint8Array(found.head) } });
}

async function insertBackups(db: Transaction, { place, report }: Adoption, adoptable: Adoptable[], believed: Believed): Promise<void> {
  const rows = adoptable.map((each) => ({ ...each, authenticity: authenticityOf(each.found.signer, believed) }));
  await db.backup.createMany({ data: rows.map((each) => backupColumns(place, each)), skipDuplicates: true });
  const ids = rows.map(({ found }) => found.description.backupId);
  const present = new Set((await db.backup.findMany({ where: { id: { in: ids } }, select: { id: true } })).map(({ id }) => id));
  const inserted = rows.filter(({ found }) => present.has(found.description.backupId));
  await db.backupCopy.createMany({ data: inserted.map(({ found }) => copyColumns(place, found)), skipDuplicates: true });
  for (const { found, authenticity } of rows) {
    if (!inserted.some((each) => each.found === found)) addSkip(report, { key: found.pair.archive.key, reason: TAKEN });
    else {
      report.added.backups += 1;
      report.added.copies += 1;
      report.authenticity[authenticity] += 1;
      const signer = found.signer ?? "";
      if (authenticity === "foreign") report.foreignSigners.set(signer, (report.foreignSigners.get(signer) ?? 0) + 1);
    }
  }
}
