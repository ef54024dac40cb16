import { keyFileKey } from "#lib/backups/object-keys.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import type { KeyRow } from "#lib/keys/current-key.ts";
import { lockKey } from "#lib/keys/lock-key.ts";
import { ChangedKeyFileError, putKeyFile } from "#lib/keys/put-key-file.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";

interface KeyFileToStore {
  keyId: string;
  destinationId: string;
  version: number;
  objectKey: string;
  content: string;
}

/**
 * Sees to it, before every archive, that its key's protected file lies in the destination, unchanged and locked, at least until `until`: the present one
 * and, while the key is protected anew, the next one too. Without it an archive that outlives this installation opens for nobody. Keys without a passphrase
 * have no such file. Throws ChangedKeyFileError when another file lies in its place.
 */
export async function storeKeyFile(
  session: DestinationSession,
  tenantId: string,
  destinationId: string,
  key: KeyRow,
  until?: Date,
): Promise<void> {
  if (key.protectedIdentity === null) return;
  for (;;) {
    const files = await nameFiles(tenantId, destinationId, key.id);
    for (const file of files) await storeFile(session, tenantId, file, until);
    if (await areStored(tenantId, files)) return;
  }
}

/**
 * Sees to it, after an archive and its description, that its key's file stays locked as long as they do: the file went first, and their locks are reckoned
 * from the moment that each is put. Answers until when the archive is locked, or null where it is not.
 */
export async function lockKeyFileAlike(
  session: DestinationSession,
  tenantId: string,
  copy: { destinationId: string; objectKey: string; descriptionKey: string },
  key: KeyRow,
): Promise<Date | null> {
  const lockedUntil = (await session.stat(copy.objectKey))?.lockedUntil ?? null;
  if (lockedUntil === null) return null;
  const descriptionUntil = (await session.stat(copy.descriptionKey))?.lockedUntil ?? lockedUntil;
  const latest = descriptionUntil > lockedUntil ? descriptionUntil : lockedUntil;
  await storeKeyFile(session, tenantId, copy.destinationId, key, latest);
  return lockedUntil;
}

/** The rows come first. The key is read anew: it may have been protected anew since the run began. */
async function nameFiles(tenantId: string, destinationId: string, keyId: string): Promise<KeyFileToStore[]> {
  return withTenant(tenantId, async (db) => {
    await lockKey(db, keyId);
    const { protectedIdentity, nextProtectedIdentity, protectionVersion } = await db.key.findUniqueOrThrow({ where: { id: keyId } });
    const contents = [protectedIdentity, nextProtectedIdentity].filter((content) => content !== null);
    const files = contents.map((content, index) => {
      const version = protectionVersion + index;
      return { keyId, destinationId, version, objectKey: keyFileKey({ tenantId, keyId, version }), content };
    });
    const rows = files.map(({ version, objectKey }) => ({ keyId, destinationId, version, objectKey, status: "writing" }));
    await db.keyCopy.createMany({ data: rows, skipDuplicates: true });
    // These are wanted now, whatever was meant to become of them before.
    const wanted = { keyId, destinationId, version: { in: files.map((file) => file.version) } };
    await db.keyCopy.updateMany({
      where: { ...wanted, status: { in: ["deleting", "deleted"] } },
      data: { status: "writing", failure: null },
    });
    return files;
  });
}

async function storeFile(session: DestinationSession, tenantId: string, file: KeyFileToStore, until?: Date): Promise<void> {
  const { keyId, destinationId, version, objectKey, content } = file;
  const where = { keyId, destinationId, version };
  try {
    await putKeyFile(session, objectKey, Buffer.from(content), until);
  } catch (error) {
    if (!(error instanceof ChangedKeyFileError)) throw error;
    await withTenant(tenantId, (db) => db.keyCopy.updateMany({ where, data: { status: "damaged", failure: error.message } }));
    throw error;
  }
  await faultPoint("during-key-file");
  await withTenant(tenantId, async (db) => {
    const { count } = await db.keyCopy.updateMany({
      where: { ...where, status: { notIn: ["deleting", "deleted"] } },
      data: { status: "stored", failure: null },
    });
    // A new protection took over meanwhile: what was just written is an old file again.
    if (count === 0) await db.keyCopy.updateMany({ where, data: { status: "deleting" } });
  });
}

/** Whether none of them was given up while it was written. */
async function areStored(tenantId: string, files: readonly KeyFileToStore[]): Promise<boolean> {
  return withTenant(tenantId, async (db) => {
    for (const { keyId, destinationId, version } of files) {
      if ((await db.keyCopy.count({ where: { keyId, destinationId, version, status: "deleting" } })) > 0) return false;
    }
    return true;
  });
}
