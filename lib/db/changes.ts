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
  await db.$executeRaw`SELECT pg_notify(${CHANGES_CHANNEL}, ${changeText(change)})`;
}

/** What to send on the channel, for a statement that changes something and tells of it at once. */
export function changeText(change: Change): string {
  return JSON.stringify(change);
}

/** The same of the same kinds, for each of these tenants. */
export async function notifyTenants(db: Transaction, tenantIds: Iterable<string>, kinds: string[]): Promise<void> {
  const payloads = changesOf(tenantIds, kinds);
  if (payloads.length === 0) return;
  await db.$executeRaw`SELECT pg_notify(${CHANGES_CHANNEL}, payload) FROM unnest(${payloads}::text[]) AS payload`;
}

/** What to send on the channel, one for each tenant. */
export function changesOf(tenantIds: Iterable<string>, kinds: string[]): string[] {
  return [...new Set(tenantIds)].map((tenantId) => changeText({ tenantId, kinds }));
}
