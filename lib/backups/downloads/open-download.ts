import { Readable } from "node:stream";
import type { Context } from "#lib/auth/context.ts";
import { fileNamePart, type OpenedDownload } from "#lib/backups/downloads/opened-download.ts";
import { requireDownload } from "#lib/backups/downloads/require-download.ts";
import { useLink } from "#lib/backups/downloads/use-link.ts";
import { verified } from "#lib/backups/downloads/verified.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { type BadCopyKind, type ReadCopy, reportBadCopy, requirePlace } from "#lib/copies/report-bad-copy.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import { ConnectorError, HoldfastError } from "#lib/errors.ts";
import { openExport } from "#lib/exports/open-export.ts";
import { log } from "#lib/log.ts";
import { requirePermission } from "#lib/operation.ts";

/**
 * Uses up a download link and opens what it leads to: an archive, still encrypted, in the first destination that has it, or all
 * of a system's. `signal` ends it (the request's). Throws ConflictError "link-spent" for a link that was used, has expired, or was made in another session, ForbiddenError when the
 * person may no longer download, ConnectorError "no-good-copy".
 */
export async function openDownload({
  context,
  token,
  signal,
}: {
  context: Context;
  token: string;
  signal: AbortSignal;
}): Promise<OpenedDownload> {
  requirePermission(context, "backups.download");
  const { backupId, systemId } = await useLink(context, token);
  if (systemId !== null) return openExport({ context, systemId, signal });
  const backup = await findBackup(context, backupId);
  requireDownload(context, backup);
  const reasons: string[] = [];
  for (const copy of backup.copies) {
    try {
      const session = await openDestination(context.tenant.id, copy.destinationId, signal);
      return {
        fileName: fileNameOf(backup),
        sizeBytes: Number(backup.sizeBytes ?? 0n),
        stream: await streamFrom(session, { ...copy, tenantId: context.tenant.id }, backup),
      };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof HoldfastError)) throw error;
      reasons.push(`“${copy.destination.name}”: ${error.message}`);
    }
  }
  throw new ConnectorError("no-good-copy", `No copy of this backup can be read now. ${reasons.join(" ")}`);
}

async function findBackup(context: Context, backupId: string) {
  return withTenant(context.tenant.id, (db) =>
    db.backup.findUniqueOrThrow({
      where: { id: backupId },
      include: { copies: { where: { status: "stored" }, include: { destination: { select: { name: true } } } } },
    }),
  );
}

interface Recorded {
  sizeBytes: bigint | null;
  sha256: string | null;
}

/** A copy that turns out bad is reported, so that it is mended and the next download finds a good one. */
async function streamFrom(session: DestinationSession, copy: ReadCopy & { objectKey: string }, recorded: Recorded): Promise<Readable> {
  const { objectKey } = copy;
  const report = (kind: BadCopyKind) => reportBadCopy(copy, kind, "downloading");
  try {
    const stat = await session.stat(objectKey);
    if (stat === null) {
      await requirePlace(session, objectKey);
      throw new ConnectorError("missing", await report("missing"));
    }
    if (BigInt(stat.sizeBytes) !== recorded.sizeBytes) throw new ConnectorError("not-the-recorded-archive", await report("damaged"));
    const stream = Readable.from(
      verified(await session.get(objectKey), recorded, () => report("damaged")),
      { objectMode: false },
    );
    stream.once("close", () => void close(session));
    return stream;
  } catch (error) {
    await close(session);
    throw error;
  }
}

async function close(session: DestinationSession): Promise<void> {
  await session.close().catch((error: unknown) => log.warn({ err: error }, "A destination did not close after a download"));
}

/** "cellar-router-2026-11-22-bak_….tar.zst.age". */
function fileNameOf(backup: { id: string; systemName: string; createdAt: Date; ageHeader: Uint8Array | null }): string {
  const extension = backup.ageHeader === null ? "tar.zst" : "tar.zst.age";
  return `${[fileNamePart(backup.systemName), backup.createdAt.toISOString().slice(0, 10), backup.id].join("-")}.${extension}`;
}
