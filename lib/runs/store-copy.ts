import { pipeline, type Readable, Transform } from "node:stream";
import { limitsFor } from "#lib/archive/limits.ts";
import { proveArchive } from "#lib/archive/prove.ts";
import { requireOwnInstance } from "#lib/backups/instance-mark.ts";
import { storeSmallObject } from "#lib/backups/small-object.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";
import { storeKeyFile } from "#lib/runs/store-key-file.ts";
import type { MadeArchive } from "#lib/runs/make-archive.ts";
import type { Attempt, PlannedBackup, PlannedCopy } from "#lib/runs/prepare-backup.ts";

/**
 * Stores an archive in one destination, fetches it back and proves it, then writes the description beside it. Whoever catches an error of
 * it removes what the copy's row names.
 */
export async function storeCopy(
  attempt: Attempt,
  backup: PlannedBackup,
  archive: MadeArchive,
  copy: PlannedCopy,
  session: DestinationSession,
  description: string,
): Promise<void> {
  const { tenantId } = attempt.run;
  attempt.progress.enter("store", archive.sizeBytes);
  await requireOwnInstance(session, { tenantId, destinationId: copy.destinationId });
  await storeKeyFile(session, tenantId, copy.destinationId, backup.key);
  const onUploadId = async (uploadId: string) => {
    await withTenant(tenantId, (db) =>
      db.backupCopy.updateMany({ where: { backupId: backup.backupId, destinationId: copy.destinationId }, data: { uploadId } }),
    );
    await faultPoint("during-upload");
  };
  await session.put(copy.objectKey, counted(archive.read(), attempt), { onUploadId });
  await faultPoint("after-upload");
  await proveCopy(attempt, backup, archive, copy, session);
  await faultPoint("after-proof");
  await storeSmallObject(session, copy.descriptionKey, Buffer.from(description));
  await faultPoint("after-description");
}

/** Invariant 4: what lies there is read whole, decrypted with the file key still in memory, and every promise about it is checked. */
async function proveCopy(
  attempt: Attempt,
  backup: PlannedBackup,
  archive: MadeArchive,
  copy: PlannedCopy,
  session: DestinationSession,
): Promise<void> {
  const { signal, progress } = attempt;
  progress.enter("prove", archive.sizeBytes);
  const { encryption } = archive;
  await proveArchive(counted(await session.get(copy.objectKey), attempt), {
    fileKey: encryption?.fileKey ?? null,
    limits: limitsFor(archive.sizeBytes, archive.tarBytes),
    signal,
    index: archive.index,
    check: backup.system.connector.check(),
    ...(encryption && { wrappedFor: encryption }),
    expected: { sha256: archive.sha256, storedBytes: archive.sizeBytes },
  });
}

function counted(source: Readable, { progress }: Attempt): Readable {
  const counter = new Transform({
    transform(data: Buffer, _encoding, callback) {
      progress.bytes += data.length;
      callback(null, data);
    },
  });
  // Errors go on with the counter, which is the one that is read.
  return pipeline(source, counter, () => undefined);
}
