import type { Transaction } from "#lib/db/client.ts";

/** The key that new backups are encrypted to. Every tenant has one from its first moment. */
export async function currentKey(db: Transaction) {
  return db.key.findFirstOrThrow({ where: { retiredAt: null }, orderBy: { createdAt: "desc" } });
}

export type KeyRow = Awaited<ReturnType<typeof currentKey>>;

/** Everybody whom an archive under this key is encrypted to; nobody with mode off. */
export function recipientsOf(key: Pick<KeyRow, "recipient" | "recoveryRecipients">): string[] {
  return key.recipient === null ? [] : [key.recipient, ...key.recoveryRecipients];
}
