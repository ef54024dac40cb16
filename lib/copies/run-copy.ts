import { LockedError, untilWords } from "#lib/backups/locked-error.ts";
import { openOwnDestination } from "#lib/backups/instance-mark.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { claimCopy, type ClaimedCopy, type CopyWork, renewCopy } from "#lib/copies/claim-copy.ts";
import { mendDescription } from "#lib/copies/description-beside.ts";
import { failCopy, finishCopy } from "#lib/copies/finish-copy.ts";
import { areRecorded, proveStoredBytes, readThrough, type RecordedBytes } from "#lib/copies/stored-bytes.ts";
import { requireGoodSource, transferArchive } from "#lib/copies/transfer-archive.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { ConnectorError } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import { holdWork } from "#lib/queue/hold-work.ts";
import type { ActiveWorker } from "#lib/queue/jobs.ts";
import { limitStep } from "#lib/queue/limit-step.ts";
import { stillMs } from "#lib/queue/step-limits.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";
import { lockKeyFileAlike, storeKeyFile } from "#lib/runs/store-key-file.ts";

export interface CopyJob {
  tenantId: string;
  backupId: string;
  destinationId: string;
  worker: Pick<ActiveWorker, "signal">;
}

/**
 * The job of a copy that failed, was damaged, went missing or was asked for: brings it in order from what is good, with the same bytes, and proves it there.
 * What comes of it is the row's; resolves without doing anything when there is nothing to do.
 */
export async function copyJob({ tenantId, backupId, destinationId, worker }: CopyJob): Promise<void> {
  const copy = await claimCopy(tenantId, backupId, destinationId);
  if (!copy) return;
  const held = holdWork(() => renewCopy(copy), worker.signal);
  const work: CopyWork = { copy, signal: held.signal, hasTouched: false, movedBytes: 0 };
  const limit = { what: "the archive was copied", stillMs, mark: () => work.movedBytes };
  log.info({ backupId, destinationId, attempt: copy.attempts }, "A copy is brought in order");
  try {
    const { lockedUntil } = await limitStep(limit, held.signal, (signal) => bringInOrder(work, signal));
    await faultPoint("before-copy-commit");
    held.signal.throwIfAborted();
    await finishCopy(work, lockedUntil);
  } catch (error) {
    await failCopy(work, error, worker.signal);
  } finally {
    held.release();
  }
}

async function bringInOrder(work: CopyWork, signal: AbortSignal): Promise<{ lockedUntil: Date | null }> {
  const { copy } = work;
  const { tenantId, destinationId, backup } = copy;
  const recorded = recordedBytesOf(backup);
  if (backup.description === null)
    throw new ConnectorError("no-description", "The catalogue has no description of this backup to store beside it.");
  const session = await openOwnDestination({ tenantId, destinationId, folder: copy.objectKey.split("/")[0] ?? tenantId }, signal);
  try {
    // What an attempt left that broke off while it mended the description alone.
    if (copy.uploadId !== null) await session.abortUpload(copy.objectKey, copy.uploadId);
    // As in a run: the key file first, the description last. Where the archive is good, a key file that only a person can mend keeps nothing else back.
    if (copy.before !== "stored") {
      await storeKeyFile(session, tenantId, destinationId, backup.key);
      await storeArchive(work, session, recorded, signal);
    }
    await mendDescription(session, copy.descriptionKey, backup.description, { onUploadId: (uploadId) => noteUpload(copy, uploadId) });
    if (copy.before === "stored") await storeKeyFile(session, tenantId, destinationId, backup.key);
    return { lockedUntil: await lockKeyFileAlike(session, tenantId, copy, backup.key) };
  } finally {
    await session.close();
  }
}

/** What a completed backup's archive is. Throws ConnectorError "no-checksum" for one of which that was never recorded. */
export function recordedBytesOf(backup: { sha256: string | null; sizeBytes: bigint | null; crc32: bigint | null }): RecordedBytes {
  const { sha256, sizeBytes, crc32 } = backup;
  if (sha256 !== null && sizeBytes !== null) return { sha256, sizeBytes: Number(sizeBytes), crc32: crc32 === null ? null : Number(crc32) };
  throw new ConnectorError("no-checksum", "The catalogue does not know the SHA-256 of this backup, so nothing can be compared with it.");
}

async function storeArchive(work: CopyWork, session: DestinationSession, recorded: RecordedBytes, signal: AbortSignal): Promise<void> {
  const { copy } = work;
  const onBytes = (bytes: number) => {
    signal.throwIfAborted();
    work.movedBytes += bytes;
  };
  if (await liesThereAlready(session, copy.objectKey, recorded, onBytes)) return;
  const found = await session.stat(copy.objectKey);
  if (found !== null) {
    refuseLocked(found.lockedUntil ?? null);
    // What is damaged may hold what nothing else does: it goes only once there is a good one to take its place.
    await requireGoodSource(copy, recorded, { signal, onBytes });
    signal.throwIfAborted();
    await session.remove(copy.descriptionKey);
    work.hasTouched = true;
    await session.remove(copy.objectKey);
  }
  const onUploadId = async (uploadId: string) => {
    await noteUpload(copy, uploadId);
    await faultPoint("during-copy");
  };
  await transferArchive(copy, recorded, { signal, onBytes }, async (body) => {
    work.hasTouched = true;
    await session.put(copy.objectKey, body, { onUploadId, lock: true });
  });
  await faultPoint("after-copy");
  await proveStoredBytes(session, copy.objectKey, recorded, onBytes);
}

/** The archive's first; once that is over, the description's, which lies in the same folder. */
async function noteUpload({ tenantId, backupId, destinationId, lease }: ClaimedCopy, uploadId: string): Promise<void> {
  const where = { backupId, destinationId, leaseOwner: lease };
  await withTenant(tenantId, (db) => db.backupCopy.updateMany({ where, data: { uploadId } }));
}

/** Asked before a good copy is read for it, and before its description goes. */
function refuseLocked(lockedUntil: Date | null): void {
  if (lockedUntil === null || lockedUntil <= new Date()) return;
  const until = untilWords(lockedUntil);
  throw new LockedError(
    lockedUntil,
    `What lies there is not the archive, and the destination keeps it locked${until}. It is replaced after that.`,
  );
}

/** A disk that was away and came back has it still. Read, whatever the server says of it: four chosen bytes give any other content the same CRC-32. */
async function liesThereAlready(
  session: DestinationSession,
  key: string,
  recorded: RecordedBytes,
  onBytes: (bytes: number) => void,
): Promise<boolean> {
  if ((await session.stat(key)) === null) return false;
  const seen = await readThrough(await session.get(key), recorded.sizeBytes, onBytes);
  return areRecorded(seen, recorded);
}
