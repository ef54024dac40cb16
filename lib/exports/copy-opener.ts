import type { Readable } from "node:stream";
import { MAX_DESCRIPTION_BYTES } from "#lib/backups/signed-description.ts";
import { readSmallObject } from "#lib/backups/small-object.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { type BadCopyKind, type ReadCopy, reportBadCopy, requirePlace } from "#lib/copies/report-bad-copy.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import { ConnectorError, HoldfastError } from "#lib/errors.ts";
import type { ExportedBackup } from "#lib/exports/export-plan.ts";
import { log } from "#lib/log.ts";

/** A copy that is about to be read. */
export interface OpenCopy {
  destinationId: string;
  objectKey: string;
  descriptionKey: string;
  /** The text beside it as it was recorded: whoever can write to a destination can write another one there. */
  description: string;
  /** What is to be said of the one that lies there; null where it is the recorded one. */
  difference: string | null;
  body: Readable;
}

/** Opens archives one after another, with one session for each destination. */
export interface CopyOpener {
  /** The first copy that is there in its recorded size; without one, why each of them is not. */
  open(backup: ExportedBackup): Promise<{ copy: OpenCopy | null; reasons: string[] }>;
  close(): Promise<void>;
}

type Copy = ExportedBackup["copies"][number];

export function createCopyOpener(tenantId: string, signal: AbortSignal): CopyOpener {
  const sessions = new Map<string, DestinationSession>();
  const sessionOf = async (destinationId: string) => {
    const known = sessions.get(destinationId);
    if (known) return known;
    const session = await openDestination(tenantId, destinationId, signal);
    sessions.set(destinationId, session);
    return session;
  };
  return {
    async open(backup) {
      const reasons: string[] = backup.copies.length === 0 ? ["it has no whole copy."] : [];
      for (const copy of backup.copies) {
        try {
          const session = await sessionOf(copy.destinationId);
          return { copy: await openCopy(session, { ...copy, tenantId, backupId: backup.id }, backup), reasons };
        } catch (error) {
          signal.throwIfAborted();
          if (!(error instanceof HoldfastError)) throw error;
          reasons.push(`“${copy.destination.name}”: ${error.message}`);
          await forget(sessions, copy.destinationId);
        }
      }
      return { copy: null, reasons };
    },
    close: async () => {
      for (const destinationId of [...sessions.keys()]) await forget(sessions, destinationId);
    },
  };
}

/** An archive that turns out bad is reported, so that it is mended. */
async function openCopy(session: DestinationSession, copy: Copy & ReadCopy, backup: ExportedBackup): Promise<OpenCopy> {
  const { destinationId, objectKey, descriptionKey } = copy;
  const report = (kind: BadCopyKind) => reportBadCopy(copy, kind, "exporting");
  const stat = await session.stat(objectKey);
  if (stat === null) {
    await requirePlace(session, objectKey);
    throw new ConnectorError("missing", await report("missing"));
  }
  if (BigInt(stat.sizeBytes) !== backup.sizeBytes) throw new ConnectorError("not-the-recorded-archive", await report("damaged"));
  const lying = (await readSmallObject(session, descriptionKey, MAX_DESCRIPTION_BYTES + 1))?.toString() ?? null;
  const description = backup.description ?? lying;
  if (description === null) throw new ConnectorError("missing", "its description is no longer there.");
  const difference = differenceOf(lying, backup.description);
  return { destinationId, objectKey, descriptionKey, description, difference, body: await session.get(objectKey) };
}

function differenceOf(lying: string | null, recorded: string | null): string | null {
  if (recorded === null) return "it was not recorded, so it is in here as it lies in the destination, and nobody has compared it.";
  if (lying === null) return "in the destination it is gone; the recorded one is in here.";
  return lying === recorded ? null : "in the destination it was changed; the recorded one is in here.";
}

async function forget(sessions: Map<string, DestinationSession>, destinationId: string): Promise<void> {
  const session = sessions.get(destinationId);
  sessions.delete(destinationId);
  await session?.close().catch((error: unknown) => log.warn({ err: error }, "A destination did not close after an export"));
}
