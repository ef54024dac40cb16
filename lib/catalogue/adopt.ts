import { type Adoptable, type Adoption, type Candidate, TAKEN } from "#lib/catalogue/adoption.ts";
import { adoptKeys } from "#lib/catalogue/adopt-keys.ts";
import { adoptSystems } from "#lib/catalogue/adopt-systems.ts";
import { backupColumns, copyColumns } from "#lib/catalogue/columns.ts";
import { addSkip } from "#lib/catalogue/report.ts";
import { type Believed, authenticityOf, believedSigners, rankOf, signerOf } from "#lib/catalogue/signers.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";

type KnownBackup = Awaited<ReturnType<typeof knownBackups>>[number];

/**
 * Takes a batch of found backups into the catalogue: only what is missing is added, and no row that is there is changed, except one that nobody vouches for, or
 * nobody but a key that was found, for the sake of one whose signer counts for more. Does nothing twice, however often and from however many processes it is
 * called.
 */
export async function adopt(db: Transaction, adoption: Adoption, batch: Candidate[]): Promise<void> {
  const { place, report } = adoption;
  await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('catalogue:' || current_tenant(), 0))`;
  const believed = await believedSigners(db, place.trust);
  const known = new Map((await knownBackups(db, batch)).map((row) => [row.id, row]));
  const replaced: Candidate[] = [];
  for (const found of batch) {
    const row = known.get(found.description.backupId);
    if (!row) continue;
    if (row.origin === "rebuild" && rankOfFound(found, believed) > rankOfRow(row, believed)) replaced.push(found);
    else {
      await completeKnown(db, adoption, found, row, believed.own);
      // Its key may be one that nobody could open so far, because of a key file that has been put right since.
      if (row.origin === "rebuild" && row.authenticity === "foreign") await adoptKeys(db, adoption, [found], believed);
    }
  }
  const adoptable = await withKeyAndSystem(
    db,
    adoption,
    batch.filter(({ description }) => !known.has(description.backupId)),
    believed,
  );
  for (const each of await withKeyAndSystem(db, adoption, replaced, believed)) await replaceForeign(db, adoption, each, believed);
  await insertBackups(db, adoption, adoptable, believed);
  await notifyChange(db, { tenantId: place.tenantId, kinds: ["backups", "systems", "keys", "destinations", "overview"] });
  report.found += batch.length;
}

async function withKeyAndSystem(db: Transaction, adoption: Adoption, batch: Candidate[], believed: Believed): Promise<Adoptable[]> {
  // What is believed comes first: where two contradict each other, the first decides.
  const sorted = batch.toSorted((a, b) => rankOfFound(b, believed) - rankOfFound(a, believed));
  const once = new Map<string, Candidate>();
  for (const found of sorted) {
    const { backupId } = found.description;
    if (once.has(backupId)) addSkip(adoption.report, { key: found.pair.archive.key, reason: "lies in this destination a second time" });
    else once.set(backupId, found);
  }
  return adoptSystems(db, adoption, await adoptKeys(db, adoption, [...once.values()], believed), believed);
}

function rankOfFound({ signer, description }: Candidate, believed: Believed): number {
  return rankOf(signer, description.key?.id ?? null, believed);
}

function rankOfRow(row: KnownBackup, believed: Believed): number {
  if (row.authenticity !== "signed") return row.authenticity === "foreign" ? 0 : 2;
  return Math.max(1, rankOf(signerOf(row), row.keyId, believed));
}

/** A row that nobody vouches for gives way to what is signed: else whoever planted it first would keep the real one out. */
async function replaceForeign(db: Transaction, { place, report }: Adoption, each: Adoptable, believed: Believed): Promise<void> {
  const { id, ...columns } = backupColumns(place, { ...each, authenticity: worthOf(each.found, believed) });
  const other = { id, origin: "rebuild", OR: [{ sha256: null }, { sha256: { not: columns.sha256 } }] };
  const wasOther = (await db.backup.count({ where: other })) > 0;
  await db.backup.updateMany({ where: { id, origin: "rebuild" }, data: { ...columns, verifiedAt: null, checkedAt: null } });
  const copy = copyColumns(place, each.found);
  await db.backupCopy.createMany({ data: [copy], skipDuplicates: true });
  await db.backupCopy.updateMany({
    where: { backupId: id, destinationId: place.destinationId },
    data: { failure: null, verifiedAt: null, ...copy },
  });
  // What lies elsewhere by this name is what the forged description told of.
  if (wasOther) {
    const failure = "When the catalogue was rebuilt: it is not the archive that is signed, which was found in another destination.";
    const elsewhere = { backupId: id, destinationId: { not: place.destinationId }, status: "stored" };
    await db.backupCopy.updateMany({ where: elsewhere, data: { status: "damaged", failure } });
  }
  report.believed += 1;
}

function worthOf({ signer, description }: Candidate, believed: Believed): "own" | "signed" | "foreign" {
  return authenticityOf(signer, description.key?.id ?? null, believed);
}

async function knownBackups(db: Transaction, batch: Candidate[]) {
  return db.backup.findMany({
    where: { id: { in: batch.map(({ description }) => description.backupId) } },
    select: {
      id: true,
      status: true,
      origin: true,
      authenticity: true,
      keyId: true,
      description: true,
      systemId: true,
      sha256: true,
      sizeBytes: true,
      ageHeader: true,
      copies: { select: { destinationId: true, objectKey: true } },
    },
  });
}

/** A backup that the catalogue has may lack its copy here. */
async function completeKnown(
  db: Transaction,
  { place, report }: Adoption,
  found: Candidate,
  row: KnownBackup,
  own: string | null,
): Promise<void> {
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
  if (!copy && !isVouchedFor(found, row, own)) {
    skip("is not described as the catalogue describes it, by anybody who may: it may have been swapped, and is left alone");
    return;
  }
  report.known += 1;
  if (copy) return;
  const { count } = await db.backupCopy.createMany({ data: [copyColumns(place, found)], skipDuplicates: true });
  report.added.copies += count;
  if (row.origin === "rebuild" && row.ageHeader === null && found.head !== null)
    await db.backup.updateMany({ where: { id: row.id, ageHeader: null }, data: { ageHeader: new Uint8Array(found.head) } });
}

/** That a description names the right checksum says nothing: it can be read beside the archive. */
function isVouchedFor({ text, signer }: Candidate, row: KnownBackup, own: string | null): boolean {
  if (text === row.description) return true;
  return signer !== null && signer === (row.origin === "rebuild" ? signerOf(row) : own);
}

async function insertBackups(db: Transaction, { place, report }: Adoption, adoptable: Adoptable[], believed: Believed): Promise<void> {
  const rows = adoptable.map((each) => ({ ...each, authenticity: worthOf(each.found, believed) }));
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
