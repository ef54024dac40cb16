import { type MarkedPlace, refuseForeignInstance, requireOwnInstance } from "#lib/backups/instance-mark.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import { removalPause } from "#lib/backups/removal-pause.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import { HoldfastError } from "#lib/errors.ts";
import { finishProtection, nameNextFiles } from "#lib/keys/finish-protection.ts";
import { ChangedKeyFileError, putKeyFile } from "#lib/keys/put-key-file.ts";
import { log } from "#lib/log.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";

interface UnsettledKey {
  tenantId: string;
  keyId: string;
}

interface KeyFileRow {
  destinationId: string;
  version: number;
  objectKey: string;
  status: string;
  attempts: number;
}

/** Until the new file is everywhere both passphrases open, so writing it is tried more often than removing the old one. In milliseconds. */
const LONGEST_WRITING_PAUSE = 3_600_000;

/**
 * A round of the worker: writes the files of keys that were protected anew into every destination, lets the new protection take over where all of them
 * hold it, and removes the old files. By rows alone, one object at a time; what fails says why in its row, and comes again after a pause that grows. Killed
 * anywhere, either the old or both passphrases open, and the next round goes on.
 */
export async function distributeKeyFiles(stopping: AbortSignal): Promise<void> {
  for (const key of await acrossTenants("scheduler", findUnsettled)) {
    if (stopping.aborted) return;
    await writeNextFiles(key, stopping);
    await removeOldFiles(key, stopping);
  }
}

/** Keys with files that are newer than the present one, or that are to go. */
async function findUnsettled(db: Transaction): Promise<UnsettledKey[]> {
  return db.$queryRaw<UnsettledKey[]>`
    SELECT DISTINCT copy.tenant_id AS "tenantId", copy.key_id AS "keyId"
    FROM key_copies copy JOIN keys key ON key.tenant_id = copy.tenant_id AND key.id = copy.key_id
    WHERE (copy.version > key.protection_version OR copy.status = 'deleting')
      AND (copy.status = 'stored' OR copy.next_attempt_at IS NULL OR copy.next_attempt_at <= clock_timestamp())`;
}

/** Rows whose pause is over. */
function due() {
  return { OR: [{ nextAttemptAt: null }, { nextAttemptAt: { lte: new Date() } }] };
}

async function writeNextFiles(key: UnsettledKey, stopping: AbortSignal): Promise<void> {
  const { tenantId, keyId } = key;
  const pending = await withTenant(tenantId, async (db) => {
    const { nextProtectedIdentity, protectionVersion } = await db.key.findUniqueOrThrow({ where: { id: keyId } });
    if (nextProtectedIdentity === null) return null;
    await nameNextFiles(db, keyId);
    const where = { keyId, version: protectionVersion + 1, status: { not: "stored" }, destination: { deletedAt: null }, ...due() };
    return { content: Buffer.from(nextProtectedIdentity), files: await db.keyCopy.findMany({ where }) };
  });
  if (pending === null) return;
  for (const file of pending.files) {
    if (stopping.aborted) return;
    await settle(key, file, stopping, async (session) => {
      await requireOwnInstance(session, placeOf(key, file));
      await putKeyFile(session, file.objectKey, pending.content);
      await faultPoint("after-key-file");
      return "stored";
    });
  }
  await faultPoint("before-protection");
  const isDone = await withTenant(tenantId, (db) => finishProtection(db, key));
  await faultPoint("after-protection");
  log.info({ keyId, isDone }, "Wrote the files of a key that was protected anew");
}

async function removeOldFiles(key: UnsettledKey, stopping: AbortSignal): Promise<void> {
  const { tenantId, keyId } = key;
  const files = await withTenant(tenantId, (db) => db.keyCopy.findMany({ where: { keyId, status: "deleting", ...due() } }));
  for (const file of files) {
    if (stopping.aborted) return;
    await settle(key, file, stopping, async (session) => {
      await refuseForeignInstance(session, placeOf(key, file));
      await session.remove(file.objectKey);
      await faultPoint("during-key-file-removal");
      return "deleted";
    });
  }
}

/** Does one thing to one file; its row then says what came of it. The other destinations are not held up by one that fails. */
async function settle(
  { tenantId, keyId }: UnsettledKey,
  file: KeyFileRow,
  signal: AbortSignal,
  work: (session: DestinationSession) => Promise<"stored" | "deleted">,
): Promise<void> {
  const { destinationId, version, status } = file;
  const record = (data: { status: string; failure: string | null; attempts: number; nextAttemptAt: Date | null }) =>
    withTenant(tenantId, async (db) => {
      await db.keyCopy.updateMany({ where: { keyId, destinationId, version, status }, data });
      await notifyChange(db, { tenantId, kinds: ["keys"] });
    });
  try {
    const session = await openDestination(tenantId, destinationId, signal);
    try {
      await record({ status: await work(session), failure: null, attempts: 0, nextAttemptAt: null });
    } finally {
      await session.close();
    }
  } catch (error) {
    log.warn({ err: error, keyId, destinationId, version }, "Could not bring a key file to where it should be; it is tried again");
    // What the worker's own end cut short has not failed.
    const pause = signal.aborted ? { attempts: file.attempts, nextAttemptAt: null } : pauseAfter(error, file);
    const changed = { status: error instanceof ChangedKeyFileError ? "damaged" : status, failure: sentenceOf(error) };
    await record({ ...changed, ...pause });
  }
}

function pauseAfter(error: unknown, { attempts, status }: KeyFileRow): { attempts: number; nextAttemptAt: Date } {
  const isLocked = error instanceof DestinationError && error.code === "locked";
  const pauseMs = removalPause(isLocked ? Infinity : attempts);
  return {
    attempts: attempts + 1,
    nextAttemptAt: new Date(Date.now() + (status === "deleting" ? pauseMs : Math.min(pauseMs, LONGEST_WRITING_PAUSE))),
  };
}

/** A file that was found lies in a folder that another tenant's id may have named. */
function placeOf({ tenantId }: UnsettledKey, { destinationId, objectKey }: KeyFileRow): MarkedPlace {
  return { tenantId, destinationId, folder: objectKey.split("/")[0] ?? tenantId };
}

function sentenceOf(error: unknown): string {
  if (error instanceof DestinationError && error.code === "locked") {
    return `${error.message} Until the lock ends the old key file lies there, and opens with the old passphrase.`;
  }
  return error instanceof HoldfastError ? error.message : "It failed for a reason that only the log tells.";
}
