import { Readable } from "node:stream";
import type { ClaimedCopy } from "#lib/copies/claim-copy.ts";
import { reportBadCopy, requirePlace } from "#lib/copies/report-bad-copy.ts";
import { areRecorded, ByteReckoner, type RecordedBytes, readThrough } from "#lib/copies/stored-bytes.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import { ConnectorError, HoldfastError } from "#lib/errors.ts";

/** Takes the bytes of a source: all of them, to the end. */
type Take = (body: Readable) => Promise<void>;

export interface Transfer {
  signal: AbortSignal;
  /** Told of each piece as it passes. */
  onBytes: (bytes: number) => void;
}

/**
 * Streams the archive's ciphertext from the first good copy to `take`; nothing of it touches a disk. A source that turns out damaged or gone is marked so,
 * and the next one is taken; `take` fails then, and has to leave nothing behind. Throws ConnectorError "no-good-copy", or what `take` throws by itself.
 */
export async function transferArchive(copy: ClaimedCopy, recorded: RecordedBytes, transfer: Transfer, take: Take): Promise<void> {
  const reasons: string[] = [];
  for (const source of sourcesOf(copy)) {
    const reason = await transferFrom(copy, source, recorded, transfer, take);
    if (reason === null) return;
    reasons.push(`“${source.destination.name}”: ${reason}`);
  }
  const found = reasons.length > 0 ? reasons.join(" ") : "There is none.";
  throw new ConnectorError("no-good-copy", `No good copy could be read to take it from. ${found}`);
}

/** Throws ConnectorError "no-good-copy" unless some other copy, read to its end, is the recorded one. */
export async function requireGoodSource(copy: ClaimedCopy, recorded: RecordedBytes, transfer: Transfer): Promise<void> {
  await transferArchive(copy, recorded, transfer, async (body) => {
    await readThrough(body, recorded.sizeBytes);
  });
}

type Source = ClaimedCopy["backup"]["copies"][number];

/** Also those in destinations that were deleted: what lies there stays readable. */
function sourcesOf({ backup, destinationId }: ClaimedCopy): Source[] {
  return backup.copies.filter((copy) => copy.status === "stored" && copy.destinationId !== destinationId);
}

/** Null once all of it was taken, else a sentence about the source. */
async function transferFrom(
  copy: ClaimedCopy,
  source: Source,
  recorded: RecordedBytes,
  { signal, onBytes }: Transfer,
  take: Take,
): Promise<string | null> {
  const opened = await openSource(copy, source, signal);
  if (typeof opened === "string") return opened;
  const trouble: { error?: unknown } = {};
  try {
    await take(Readable.from(watched(opened.body, recorded, onBytes, trouble), { objectMode: false }));
    return null;
  } catch (error) {
    signal.throwIfAborted();
    // Without trouble of the source, it is about where the archive goes.
    if (trouble.error === undefined) throw error;
    return await judge(copy, source, trouble.error);
  } finally {
    opened.body.destroy();
    await opened.session.close();
  }
}

async function openSource(
  copy: ClaimedCopy,
  source: Source,
  signal: AbortSignal,
): Promise<{ session: DestinationSession; body: Readable } | string> {
  let session: DestinationSession | null = null;
  try {
    session = await openDestination(copy.tenantId, source.destinationId, signal);
    await requirePlace(session, source.objectKey);
    return { session, body: await session.get(source.objectKey) };
  } catch (error) {
    await session?.close();
    signal.throwIfAborted();
    return judge(copy, source, error);
  }
}

class OtherBytes extends Error {}

/** Passes the archive on and fails at its end, or as soon as it is too long, unless it is the recorded one. What goes wrong here is kept apart from `take`'s. */
async function* watched(
  body: Readable,
  recorded: RecordedBytes,
  onBytes: (bytes: number) => void,
  trouble: { error?: unknown },
): AsyncGenerator<Buffer> {
  const reckoner = new ByteReckoner();
  try {
    for await (const data of body as AsyncIterable<Buffer>) {
      reckoner.add(data);
      onBytes(data.length);
      if (reckoner.sizeBytes > recorded.sizeBytes) throw new OtherBytes();
      yield data;
    }
    if (!areRecorded(reckoner.seen(), recorded)) throw new OtherBytes();
  } catch (error) {
    trouble.error = error;
    throw error;
  }
}

/** What the trouble with a source is; one that is really damaged or gone is marked so. */
async function judge(copy: ClaimedCopy, source: Source, error: unknown): Promise<string> {
  const { tenantId, backupId } = copy;
  const about = { tenantId, backupId, destinationId: source.destinationId };
  if (error instanceof OtherBytes) return reportBadCopy(about, "damaged", "copying");
  if (!(error instanceof HoldfastError)) throw error;
  return error instanceof DestinationError && error.code === "missing" ? reportBadCopy(about, "missing", "copying") : error.message;
}
