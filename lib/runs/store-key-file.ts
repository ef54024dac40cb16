import { keyFileKey } from "#lib/backups/object-keys.ts";
import { storeSmallObject } from "#lib/backups/small-object.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import type { KeyRow } from "#lib/keys/current-key.ts";

const FIRST_VERSION = 1;

/**
 * Writes a key's identity, encrypted under its passphrase, into a destination and reads it back, once, before the first archive there. Without it
 * an archive that outlives this installation opens for nobody. Keys without a passphrase have no such file.
 */
export async function storeKeyFile(session: DestinationSession, tenantId: string, destinationId: string, key: KeyRow): Promise<void> {
  if (key.protectedIdentity === null) return;
  const objectKey = keyFileKey({ tenantId, keyId: key.id, version: FIRST_VERSION });
  const where = { keyId: key.id, destinationId };
  const isStored = await withTenant(tenantId, async (db) => {
    await db.keyCopy.createMany({ data: [{ ...where, objectKey, status: "writing" }], skipDuplicates: true });
    return (await db.keyCopy.count({ where: { ...where, status: "stored" } })) > 0;
  });
  if (isStored) return;
  await storeSmallObject(session, objectKey, Buffer.from(key.protectedIdentity));
  await withTenant(tenantId, (db) => db.keyCopy.updateMany({ where, data: { status: "stored" } }));
}
