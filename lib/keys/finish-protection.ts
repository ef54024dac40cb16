import { appendAudit } from "#lib/db/audit.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { lockKey } from "#lib/keys/lock-key.ts";
import { recordKeyChanged } from "#lib/keys/record-key-changed.ts";

interface KeyReference {
  tenantId: string;
  keyId: string;
}

/** States of a key file of which something may lie in its destination that is meant to stay. */
const KEPT = ["writing", "stored", "damaged", "missing"];

/** Names, as rows, the next key file in every destination that holds the present one, before its first byte is written. Deleted destinations are left out. */
export async function nameNextFiles(db: Transaction, keyId: string): Promise<void> {
  const { protectionVersion } = await db.key.findUniqueOrThrow({ where: { id: keyId } });
  const version = protectionVersion + 1;
  const holders = await findHolders(db, keyId, protectionVersion);
  await db.keyCopy.createMany({
    data: holders.map(({ destinationId, objectKey }) => ({
      keyId,
      destinationId,
      version,
      objectKey: nextTo(objectKey, version),
      status: "writing",
    })),
    skipDuplicates: true,
  });
}

/**
 * The second phase, in one transaction: once every destination that holds the present file holds the next one too, the next protection is the present one,
 * and the old files are given up. Answers whether the key is under one protection now.
 */
export async function finishProtection(db: Transaction, { tenantId, keyId }: KeyReference): Promise<boolean> {
  await lockKey(db, keyId);
  const { nextProtectedIdentity, protectionVersion, fingerprint } = await db.key.findUniqueOrThrow({ where: { id: keyId } });
  if (nextProtectedIdentity === null) return true;
  const version = protectionVersion + 1;
  const stored = await db.keyCopy.findMany({ where: { keyId, version, status: "stored" }, select: { destinationId: true } });
  const done = stored.map((copy) => copy.destinationId);
  const holders = await findHolders(db, keyId, protectionVersion);
  if (holders.some(({ destinationId }) => !done.includes(destinationId))) return false;
  await db.key.updateMany({
    where: { id: keyId },
    data: { protectedIdentity: nextProtectedIdentity, nextProtectedIdentity: null, protectionVersion: version, protectedAt: new Date() },
  });
  await db.keyCopy.updateMany({
    where: { keyId, version: { lt: version }, destinationId: { in: done }, status: { in: KEPT } },
    data: { status: "deleting", failure: null, attempts: 0, nextAttemptAt: null },
  });
  const actor = { kind: "system" as const, id: null, label: "Holdfast", address: null };
  const subject = { subjectKind: "key", subjectId: keyId, subjectLabel: fingerprint };
  await appendAudit(db, tenantId, actor, { action: "key.protectedAnew", ...subject, detail: { destinations: done.length } });
  await recordKeyChanged(db, { tenantId, keyId }, "its new passphrase has taken the place of the old one everywhere");
  await notifyChange(db, { tenantId, kinds: ["keys"] });
  return true;
}

/** Beside the present file: one that was found may lie in the folder of another tenant's id. */
function nextTo(objectKey: string, version: number): string {
  return objectKey.replace(/\.\d+\.age$/, `.${version}.age`);
}

/** Destinations that hold, or are about to hold, that file of a key; deleted ones hold nothing up. */
async function findHolders(db: Transaction, keyId: string, version: number): Promise<{ destinationId: string; objectKey: string }[]> {
  const where = { keyId, version, status: { in: KEPT }, destination: { deletedAt: null } };
  return db.keyCopy.findMany({ where, select: { destinationId: true, objectKey: true } });
}
