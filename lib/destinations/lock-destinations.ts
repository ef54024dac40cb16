import type { Transaction } from "#lib/db/client.ts";

/**
 * Makes the caller the only one of its tenant that takes a destination away, until its transaction ends: whoever gives up copies because others are
 * stored elsewhere locks first, then looks which ones are. Systems are locked after this, never before.
 */
export async function lockDestinations(db: Transaction): Promise<void> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('destinations:' || current_tenant(), 0))`;
}
