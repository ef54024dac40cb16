import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { Context } from "#lib/auth/context.ts";
import { hashToken } from "#lib/auth/tokens.ts";
import { requireDownload } from "#lib/backups/downloads/require-download.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import { ConflictError, ConnectorError, HoldfastError } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import { requirePermission } from "#lib/operation.ts";

export interface OpenedDownload {
  fileName: string;
  /** Exactly what `stream` gives, for Content-Length. */
  sizeBytes: number;
  /** Fails before its last byte when the archive is not the recorded one, so that a browser does not take it for whole. Destroy it on abort. */
  stream: Readable;
}

/**
 * Uses up a download link and opens the archive, still encrypted, in the first destination that has it. `signal` ends it (the request's).
 * Throws ConflictError "link-spent" for a link that was used, has expired, or was made in another session, ForbiddenError when the
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
  const backup = await useLink(context, token);
  requireDownload(context, backup);
  const reasons: string[] = [];
  for (const copy of backup.copies) {
    try {
      const session = await openDestination(context.tenant.id, copy.destinationId, signal);
      return {
        fileName: fileNameOf(backup),
        sizeBytes: Number(backup.sizeBytes ?? 0n),
        stream: await streamFrom(session, copy.objectKey, backup),
      };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof HoldfastError)) throw error;
      reasons.push(`“${copy.destination.name}”: ${error.message}`);
    }
  }
  throw new ConnectorError("no-good-copy", `No copy of this backup can be read now. ${reasons.join(" ")}`);
}

/** One statement decides, so that two requests at once cannot both have it. */
async function useLink(context: Context, token: string) {
  return withTenant(context.tenant.id, async (db) => {
    const [used] = await db.$queryRaw<{ backupId: string }[]>`
      UPDATE downloads SET used_at = clock_timestamp()
      WHERE token_hash = ${hashToken(token)} AND session_id = ${context.actor.sessionId} AND used_at IS NULL AND expires_at > clock_timestamp()
      RETURNING backup_id AS "backupId"`;
    if (!used) {
      throw new ConflictError("This link was used, has expired, or was made in another session. Start the download again.", "link-spent");
    }
    return db.backup.findUniqueOrThrow({
      where: { id: used.backupId },
      include: { copies: { where: { status: "stored" }, include: { destination: { select: { name: true } } } } },
    });
  });
}

interface Recorded {
  sizeBytes: bigint | null;
  sha256: string | null;
}

async function streamFrom(session: DestinationSession, objectKey: string, recorded: Recorded): Promise<Readable> {
  try {
    const stat = await session.stat(objectKey);
    if (stat === null || BigInt(stat.sizeBytes) !== recorded.sizeBytes) {
      throw new ConnectorError("not-the-recorded-archive", "what lies there is not the recorded archive.");
    }
    const stream = Readable.from(verified(await session.get(objectKey), recorded), { objectMode: false });
    stream.once("close", () => void close(session));
    return stream;
  } catch (error) {
    await close(session);
    throw error;
  }
}

/** Holds the last piece back until the hash of all of them is the recorded one. */
async function* verified(source: Readable, recorded: Recorded): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let held: Buffer | null = null;
  try {
    for await (const piece of source as AsyncIterable<Buffer>) {
      hash.update(piece);
      if (held !== null) yield held;
      held = piece;
    }
  } finally {
    source.destroy();
  }
  if (hash.digest("hex") !== recorded.sha256) {
    throw new ConnectorError(
      "not-the-recorded-archive",
      "The archive is damaged or was swapped: its SHA-256 is not the one in the catalogue.",
    );
  }
  if (held !== null) yield held;
}

async function close(session: DestinationSession): Promise<void> {
  await session.close().catch((error: unknown) => log.warn({ err: error }, "A destination did not close after a download"));
}

/** "cellar-router-2026-11-22-bak_….tar.zst.age": letters, digits and hyphens only, whatever the system is called. */
function fileNameOf(backup: { id: string; systemName: string; createdAt: Date; ageHeader: Uint8Array | null }): string {
  const name = backup.systemName
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 60)
    .toLowerCase();
  const extension = backup.ageHeader === null ? "tar.zst" : "tar.zst.age";
  return `${[name || "backup", backup.createdAt.toISOString().slice(0, 10), backup.id].join("-")}.${extension}`;
}
