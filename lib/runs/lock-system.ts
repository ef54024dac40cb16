import type { Transaction } from "#lib/db/client.ts";

/**
 * Makes the caller the only one who decides what happens to a system next, until its transaction ends: whoever begins a run or a
 * restore locks first, then looks whether another one is under way.
 */
export async function lockSystem(db: Transaction, systemId: string): Promise<void> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`system:${systemId}`}, 0))`;
}

/**
 * The same for the system of a queued run, and then for the runs of its tenant: who counts what is under way is alone until its own run counts too.
 * Always in this order, so that no two wait for each other. A process that then stands still loses its connection after 30 s, and with it the locks. Answers false when the run is not queued any more.
 */
export async function lockForRun(db: Transaction, runId: string): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    WITH locked AS MATERIALIZED (
      SELECT tenant_id, pg_advisory_xact_lock(hashtextextended('system:' || system_id, 0))::text AS is_ours FROM runs
      WHERE id = ${runId} AND status = 'queued')
    SELECT set_config('idle_in_transaction_session_timeout', '30s', true), is_ours, pg_advisory_xact_lock(hashtextextended('runs:' || tenant_id, 0))::text FROM locked`;
  return rows.length > 0;
}
