import type { Transaction } from "#lib/db/client.ts";

/** Until the transaction ends, nobody else changes this key or names files for it. */
export async function lockKey(db: Transaction, keyId: string): Promise<void> {
  await db.$queryRaw`SELECT id FROM keys WHERE id = ${keyId} FOR UPDATE`;
}
