import type { Transaction } from "#lib/db/client.ts";

/** The PostgreSQL channel on which browsers' pages learn what to look at again. */
export const CHANGES_CHANNEL = "holdfast_changes";

/** What a tenant's pages should look at again: kinds of things, and ids where only some changed. Never content. */
export interface Change {
  tenantId: string;
  kinds: string[];
  ids?: string[];
}

/** Tells every web process, once the caller's transaction commits. A roll-back tells nobody. */
export async function notifyChange(db: Transaction, change: Change): Promise<void> {
  await db.$executeRaw`SELECT pg_notify(${CHANGES_CHANNEL}, ${JSON.stringify(change)})`;
}
