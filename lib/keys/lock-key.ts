import type { Transaction } from "#lib/db/client.ts";
import { ConflictError } from "#lib/errors.ts";

/** Until the transaction ends, nobody else changes this key or names files for it. */
export async function lockKey(db: Transaction, keyId: string): Promise<void> {
  await db.$queryRaw`SELECT id FROM keys WHERE id = ${keyId} FOR UPDATE`;
}

/** For whoever opened a file of the key that is not its present one any more. */
export function changedMeanwhile(): ConflictError {
  return new ConflictError("Somebody else changed this key's passphrase a moment ago. Reload the page, then try again.", "key-changed");
}
