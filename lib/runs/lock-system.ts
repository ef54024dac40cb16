import type { Transaction } from "#lib/db/client.ts";

/**
 * Makes the caller the only one who decides what happens to a system next, until its transaction ends: whoever begins a run or a
 * restore locks first, then looks whether another one is under way.
 */
export async function lockSystem(db: Transaction, systemId: string): Promise<void> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`system:${systemId}`}, 0))`;
}
