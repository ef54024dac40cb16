import { adopt } from "#lib/catalogue/adopt.ts";
import type { Adoption, Candidate, RebuildPlace } from "#lib/catalogue/adoption.ts";
import { findKeyFiles } from "#lib/catalogue/key-files.ts";
import { numberGaps } from "#lib/catalogue/number-gaps.ts";
import { NotAdoptable, readArchiveHead, readPair } from "#lib/catalogue/read-pair.ts";
import { addSkip, emptyReport, type RebuildReport } from "#lib/catalogue/report.ts";
import { type Pair, scanFolder } from "#lib/catalogue/scan-folder.ts";
import { believeSigner } from "#lib/catalogue/signers.ts";
import { takeOverInstance } from "#lib/backups/instance-mark.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { type AuditActor, appendAudit } from "#lib/db/audit.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";

export interface RebuildOptions extends RebuildPlace {
  isDryRun: boolean;
  /** Makes this installation the one that writes in that folder. */
  takeOver: boolean;
  signal: AbortSignal;
  /** Told after each batch. */
  onProgress?: (report: RebuildReport) => void;
  /** How many backups one transaction takes in. */
  batchSize?: number;
}

const BATCH = 50;
const operator: AuditActor = { kind: "operator", id: null, label: "command line", address: null };

/**
 * Rebuilds a tenant's catalogue from what lies in a folder of a destination, without fetching any archive. Only what is missing is added; nothing there is
 * changed or removed, except the mark of the installation with `takeOver`. May be cut short and done again at any point. Throws DestinationError.
 */
export async function rebuildCatalogue(options: RebuildOptions): Promise<RebuildReport> {
  const { tenantId, destinationId, folder, trust, isDryRun, signal } = options;
  const report = emptyReport(folder, isDryRun);
  // One lists while the other reads: not every server does both on one connection.
  const listing = await openDestination(tenantId, destinationId, signal);
  const reading = await openDestination(tenantId, destinationId, signal).catch(async (error: unknown) => {
    await listing.close();
    throw error;
  });
  try {
    if (!isDryRun) await writeAudit(options, "catalogue.rebuildStarted", { folder, trust });
    if (options.takeOver && !isDryRun) report.epoch = await takeOverInstance(reading, { tenantId, destinationId, folder });
    await readFolder(options, report, listing, reading);
  } finally {
    await Promise.all([listing.close(), reading.close()]);
  }
  if (isDryRun) return report;
  if (trust !== null) report.believed += await believeSigner(tenantId, trust, null);
  report.gaps = await gapsOf(tenantId);
  const { found, added, authenticity, believed, skipped, epoch } = report;
  await writeAudit(options, "catalogue.rebuilt", { folder, found, added, authenticity, believed, skipped, epoch });
  return report;
}

async function readFolder(
  options: RebuildOptions,
  report: RebuildReport,
  listing: DestinationSession,
  reading: DestinationSession,
): Promise<void> {
  const skip = (each: { key: string; reason: string }) => addSkip(report, each);
  const keyFiles = await findKeyFiles(listing, options.folder, skip);
  const adoption: Adoption = { place: options, keyFiles, report, counted: new Set() };
  let batch: Candidate[] = [];
  for await (const pair of scanFolder(listing, options.folder, skip)) {
    options.signal.throwIfAborted();
    const candidate = await readCandidate(reading, pair, report);
    if (candidate) batch.push(candidate);
    if (batch.length < (options.batchSize ?? BATCH)) continue;
    await adoptBatch(options, adoption, batch);
    batch = [];
  }
  await adoptBatch(options, adoption, batch);
}

async function readCandidate(session: DestinationSession, pair: Pair, report: RebuildReport): Promise<Candidate | null> {
  try {
    const found = await readPair(session, pair);
    return { ...found, head: found.description.key === null ? null : await readArchiveHead(session, found) };
  } catch (error) {
    if (!(error instanceof NotAdoptable)) throw error;
    addSkip(report, { key: pair.description.key, reason: error.message });
    return null;
  }
}

/** A dry run does all of it and takes it back. */
async function adoptBatch(options: RebuildOptions, adoption: Adoption, batch: Candidate[]): Promise<void> {
  // Read before, so that the transaction does not wait for the destination.
  for (const { description } of batch) if (description.key?.mode === "passphrase") await adoption.keyFiles.read(description.key.id);
  try {
    await withTenant(options.tenantId, async (db) => {
      await adopt(db, adoption, batch);
      if (options.isDryRun) throw new TakenBack();
    });
  } catch (error) {
    if (!(error instanceof TakenBack)) throw error;
  }
  options.onProgress?.(adoption.report);
}

class TakenBack extends Error {}

async function gapsOf(tenantId: string): Promise<RebuildReport["gaps"]> {
  return withTenant(tenantId, async (db: Transaction) => {
    const systems = await db.system.findMany({ where: { backups: { some: { number: { not: null } } } }, select: { id: true, name: true } });
    const gaps: RebuildReport["gaps"] = [];
    for (const { id, name } of systems) for (const gap of await numberGaps(db, id)) gaps.push({ ...gap, systemId: id, systemName: name });
    return gaps;
  });
}

async function writeAudit({ tenantId, destinationId }: RebuildOptions, action: string, detail: Record<string, unknown>): Promise<void> {
  await withTenant(tenantId, (db) =>
    appendAudit(db, tenantId, operator, { action, subjectKind: "destination", subjectId: destinationId, detail }),
  );
}
