import type { Adoptable, Candidate, RebuildPlace } from "#lib/catalogue/adoption.ts";

/** What may have started a run; anything else counts as somebody's own wish. */
const triggers = ["schedule", "change", "person", "safety"];

/** The row of a backup that was found. It is worth what its description says, until somebody fetches it and looks. */
export function backupColumns(place: RebuildPlace, { found, keyId, authenticity }: Adoptable & { authenticity: string }) {
  const { description, text, head } = found;
  const { system, archive, madeBy } = description;
  return {
    id: description.backupId,
    systemId: system.id,
    origin: "rebuild",
    authenticity,
    number: description.number,
    description: text,
    sourceTenantId: place.folder === place.tenantId ? null : place.folder,
    retentionHeld: true,
    policyId: madeBy?.policyId?.slice(0, 64) ?? null,
    attempt: 1,
    status: "completed",
    trigger: triggers.find((trigger) => trigger === madeBy?.trigger) ?? "person",
    keyId,
    sizeBytes: BigInt(archive.sizeBytes),
    plaintextBytes: BigInt(archive.tarBytes),
    entryCount: archive.entries,
    sha256: archive.sha256,
    ageHeader: head === null ? null : new Uint8Array(head),
    formatVersion: description.formatVersion,
    systemKind: system.kind,
    systemName: system.name,
    systemVersion: system.version,
    productVersion: description.productVersion,
    includesSecrets: description.includesSecrets,
    notInBackup: description.notInBackup,
    proven: "stored",
    createdAt: new Date(description.createdAt),
  };
}

/** Where it lies, by the very names that were found. */
export function copyColumns({ destinationId }: RebuildPlace, { pair, description, head }: Candidate) {
  const isWhole = pair.archive.sizeBytes === description.archive.sizeBytes && (head !== null || description.key === null);
  return {
    backupId: description.backupId,
    destinationId,
    objectKey: pair.archive.key,
    descriptionKey: pair.description.key,
    isFound: true,
    ...(isWhole
      ? { status: "stored" }
      : { status: "damaged", failure: "When it was found: it is damaged or was swapped, because it is not as its description says." }),
  };
}
