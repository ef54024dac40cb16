import { lookAcrossTenants } from "#lib/db/across-tenants.ts";
import { env } from "#lib/env.ts";
import { countSlots } from "#lib/runs/count-slots.ts";

/**
 * How many runs of a tenant may be under way at once while another tenant waits: all slots but one, so that nobody waits for a whole round of somebody
 * else's long runs.
 *
 * @param slots runs that the living workers can carry out at once
 */
export function shareBesideOthers(slots: number): number {
  return Math.min(env().HOLDFAST_TENANT_RUNS, Math.max(1, slots - 1));
}

/** How many runs of the tenant may be under way at once now. A run that waits for its own system keeps nobody from anything. */
export async function fairShare(tenantId: string): Promise<number> {
  const db = lookAcrossTenants("scheduler");
  const [others] = await db.$queryRaw<{ wait: boolean }[]>`
    SELECT EXISTS (
      SELECT 1 FROM runs run
      WHERE run.status = 'queued' AND (run.tenant_id < ${tenantId} OR run.tenant_id > ${tenantId})
        AND COALESCE(run.queued_at, '-infinity') <= (SELECT clock_timestamp())
        AND NOT EXISTS (SELECT 1 FROM runs busy WHERE busy.tenant_id = run.tenant_id AND busy.system_id = run.system_id AND busy.status = 'running')
        AND NOT EXISTS (
          SELECT 1 FROM restores WHERE restores.tenant_id = run.tenant_id AND restores.target_system_id = run.system_id AND restores.status = 'running'))
      AS wait`;
  return others?.wait ? shareBesideOthers(await countSlots(db)) : env().HOLDFAST_TENANT_RUNS;
}
