import { acrossTenants } from "#lib/db/across-tenants.ts";
import type { Transaction } from "#lib/db/client.ts";
import { failAbandonedRestore } from "#lib/restores/fail-abandoned-restore.ts";
import type { LeasedTable } from "#lib/queue/reap-table.ts";

interface HeldRestore {
  tenantId: string;
  key: string;
  holder: number;
  beat: bigint;
}

/** Restores in a worker's hands. None goes on by itself: the file key is gone with its worker. */
export const leasedRestores: LeasedTable<HeldRestore> = {
  held: (db) => db.$queryRaw<HeldRestore[]>`
    SELECT tenant_id AS "tenantId", id AS key, attempt AS holder, lease_beat AS beat FROM restores
    WHERE status IN ('planning', 'running') AND lease_owner IS NOT NULL`,
  giveUp: ({ tenantId, key, holder, beat }) => failAbandonedRestore(tenantId, { id: key, seen: { attempt: holder, beat } }),
};

/** Fails restores that no worker took while the file key that was handed over lived. */
export async function giveUpWaitingRestores(): Promise<void> {
  for (const { tenantId, id } of await acrossTenants("scheduler", findOverdue)) await failAbandonedRestore(tenantId, { id, seen: null });
}

async function findOverdue(db: Transaction): Promise<{ tenantId: string; id: string }[]> {
  return db.$queryRaw`
    SELECT tenant_id AS "tenantId", id FROM restores
    WHERE status IN ('planning', 'approved') AND lease_owner IS NULL AND waits_until <= clock_timestamp()`;
}
