import { addAbortSignal, pipeline, type Readable, Transform } from "node:stream";
import { limitsFor } from "#lib/archive/limits.ts";
import { proveArchive } from "#lib/archive/prove.ts";
import { storeSmallObject } from "#lib/backups/small-object.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { ByteReckoner, proveStoredBytes } from "#lib/copies/stored-bytes.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";
import { lockKeyFileAlike, storeKeyFile } from "#lib/runs/store-key-file.ts";
import type { MadeArchive } from "#lib/runs/make-archive.ts";
import type { Attempt, PlannedBackup, PlannedCopy } from "#lib/runs/prepare-backup.ts";

/** An archive on its way into one destination. */
export interface CopyTask {
  attempt: Attempt;
  backup: PlannedBackup;
  archive: MadeArchive;
  copy: PlannedCopy;
  session: DestinationSession;
  /** The signed description. */
  description: string;
  /** The archive's CRC-32, once a copy of it was fetched back and proven whole; null while none was. */
  provenCrc32: number | null;
  /** Told before the first byte of the archive is sent: from then on, something may lie there. */
  onBegin: () => void;
}

/**
 * Stores an archive in one destination and proves it there, then writes the description beside it. The first copy is fetched back, decrypted and checked
 * entry by entry; of further ones, which are the same bytes, it is enough that they are. Answers the archive's CRC-32. Whoever catches an error of it
 * removes what the copy's row names.
 */
export async function storeCopy(task: CopyTask): Promise<number> {
  const { attempt, backup, archive, copy, session, description } = task;
  const { tenantId } = attempt.run;
  const { destinationId } = copy;
  const noteCopy = async (data: { uploadId: string } | { lockedUntil: Date | null }) => {
    await withTenant(tenantId, (db) => db.backupCopy.updateMany({ where: { backupId: backup.backupId, destinationId }, data }));
  };
  attempt.progress.enter("store", archive.sizeBytes);
  await storeKeyFile(session, tenantId, destinationId, backup.key);
  // The name of a temporary file stands in the row already.
  const noteUpload = async (uploadId: string) => {
    if (uploadId !== copy.uploadId) await noteCopy({ uploadId });
  };
  const onUploadId = async (uploadId: string) => {
    await noteUpload(uploadId);
    await faultPoint("during-upload");
  };
  attempt.signal.throwIfAborted();
  task.onBegin();
  await session.put(
    copy.objectKey,
    counted(archive.read(), attempt, () => faultPoint("mid-upload")),
    { onUploadId, unfinishedName: copy.uploadId, lock: true },
  );
  await faultPoint("after-upload");
  const crc32 = task.provenCrc32 === null ? await proveWhole(task) : await proveSameBytes(task, task.provenCrc32);
  await faultPoint("after-proof");
  attempt.signal.throwIfAborted();
  // The archive's own upload is over. What may be left of this one lies in the same folder, and is removed as that would be.
  await storeSmallObject(session, copy.descriptionKey, Buffer.from(description), {
    onUploadId: noteUpload,
    unfinishedName: copy.uploadId,
    lock: true,
  });
  const lockedUntil = await lockKeyFileAlike(session, tenantId, copy, backup.key);
  if (lockedUntil !== null) await noteCopy({ lockedUntil });
  await faultPoint("after-description");
  return crc32;
}

/** Invariant 4: what lies there is read whole, decrypted with the file key still in memory, and every promise about it is checked. */
async function proveWhole({ attempt, backup, archive, copy, session }: CopyTask): Promise<number> {
  const { signal, progress } = attempt;
  progress.enter("prove", archive.sizeBytes);
  const { encryption } = archive;
  const reckoner = new ByteReckoner();
  await proveArchive(
    counted(await session.get(copy.objectKey), attempt, (data) => {
      reckoner.add(data);
      return faultPoint("during-proof");
    }),
    {
      fileKey: encryption?.fileKey ?? null,
      limits: limitsFor(archive.sizeBytes, archive.tarBytes),
      signal,
      index: archive.index,
      check: backup.system.connector.check(),
      ...(encryption && { wrappedFor: encryption }),
      expected: { sha256: archive.sha256, storedBytes: archive.sizeBytes },
    },
  );
  // Of just the bytes that were proven: proveArchive has read them all.
  return reckoner.seen().crc32;
}

async function proveSameBytes({ attempt, archive, copy, session }: CopyTask, crc32: number): Promise<number> {
  const { progress, signal } = attempt;
  const { sha256, sizeBytes } = archive;
  progress.enter("prove", sizeBytes);
  await proveStoredBytes(session, copy.objectKey, { sha256, sizeBytes, crc32 }, (bytes) => {
    signal.throwIfAborted();
    progress.bytes += bytes;
  });
  return crc32;
}

/** Ends with the attempt, whoever still holds it: the next destination reads the same archive. */
function counted(source: Readable, { progress, signal }: Attempt, onData: (data: Buffer) => Promise<void>): Readable {
  const counter = new Transform({
    transform(data: Buffer, _encoding, callback) {
      progress.bytes += data.length;
      onData(data).then(() => callback(null, data), callback);
    },
  });
  // Errors go on with the counter, which is the one that is read; not every destination listens from the first moment.
  counter.on("error", () => undefined);
  return addAbortSignal(
    signal,
    pipeline(source, counter, () => undefined),
  );
}
