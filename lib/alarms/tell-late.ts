import { judgeLate, type LateRuns } from "#lib/alarms/judge-watch.ts";
import { recordForTenants } from "#lib/alarms/record-for-tenants.ts";
import type { Transaction } from "#lib/db/client.ts";
import { log } from "#lib/log.ts";

/** A number that nobody else locks by. */
const LOCK = 7_303_002;

/**
 * Tells each tenant of its own late runs, and of nobody else's. Once for as long as one of those lies that it was told of, and once an hour at most: what
 * was told stands in its events.
 */
export async function tellLate(db: Transaction, lateRuns: readonly LateRuns[]): Promise<void> {
  // One after the other, so that each sees what the one before told.
  await db.$executeRaw`SELECT pg_advisory_xact_lock(${LOCK}::bigint)`;
  const untold = new Set(await findUntold(db, lateRuns));
  for (const late of lateRuns.filter(({ tenantId }) => untold.has(tenantId))) {
    const trouble = judgeLate([late]);
    if (trouble === null) continue;
    const { message, since } = trouble;
    log.error({ tenantId: late.tenantId, since }, message);
    await recordForTenants(db, "worker.missing", [late.tenantId], { message, since: since.toISOString() });
  }
}

async function findUntold(db: Transaction, lateRuns: readonly LateRuns[]): Promise<string[]> {
  const rows = await db.$queryRaw<{ tenantId: string }[]>`
    SELECT late.tenant_id AS "tenantId"
    FROM unnest(${lateRuns.map(({ tenantId }) => tenantId)}::text[], ${lateRuns.map(({ lateSince }) => lateSince.toISOString())}::timestamptz[])
      AS late (tenant_id, since)
    WHERE NOT EXISTS (
      SELECT 1 FROM events WHERE events.tenant_id = late.tenant_id AND events.type = 'worker.missing'
        AND events.created_at BETWEEN LEAST(late.since, clock_timestamp() - interval '1 hour') AND clock_timestamp())`;
  return rows.map(({ tenantId }) => tenantId);
}
