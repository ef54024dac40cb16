import type { Transaction } from "#lib/db/client.ts";
import { newId } from "#lib/ids.ts";

/** The occurrence of a change run that has not begun: unique per policy and system, so changes close together are one run. */
const PENDING_CHANGE = "change";

/**
 * For every enabled policy with `onChange` that keeps the tenant's own configuration, makes sure that one run is
 * due `delaySeconds` from now, in the transaction of the change itself. A run already pending takes this change along:
 * its row stays locked until the change is committed, so that it cannot begin without it.
 */
export async function scheduleChangeRuns(db: Transaction, delaySeconds: number): Promise<void> {
  const policies = await db.policy.findMany({
    where: { onChange: true, enabled: true, deletedAt: null },
    include: { systems: { include: { system: { select: { id: true, kind: true, deletedAt: true } } } }, destinations: true },
    orderBy: { id: "asc" },
  });
  for (const policy of policies) {
    const destinationIds = policy.destinations.map((link) => link.destinationId);
    for (const { system } of policy.systems) {
      if (system.kind !== "tenant-configuration" || system.deletedAt) continue;
      await db.$executeRaw`
        INSERT INTO runs (id, policy_id, system_id, trigger, occurrence, due_at, status, attempts, destination_ids)
        VALUES (${newId("run")}, ${policy.id}, ${system.id}, 'change', ${PENDING_CHANGE},
          clock_timestamp() + make_interval(secs => ${delaySeconds}::float8), 'scheduled', ${policy.attempts}, ${destinationIds}::text[])
        ON CONFLICT (tenant_id, policy_id, system_id, occurrence) DO UPDATE SET status = runs.status`;
    }
  }
}
