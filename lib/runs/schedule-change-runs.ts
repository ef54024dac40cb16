import type { Transaction } from "#lib/db/client.ts";
import { newId } from "#lib/ids.ts";

/** The occurrence of a change run that has not begun: unique per policy and system, so changes close together are one run. */
export const PENDING_CHANGE = "change";

/**
 * For every enabled policy with `onChange` that keeps the tenant's own configuration, makes sure that one run is
 * due `delaySeconds` from now, in the transaction of the change itself. A run already pending takes this change along.
 */
export async function scheduleChangeRuns(db: Transaction, delaySeconds: number): Promise<void> {
  const policies = await db.policy.findMany({
    where: { onChange: true, enabled: true, deletedAt: null },
    include: { systems: { include: { system: { select: { id: true, kind: true, deletedAt: true } } } }, destinations: true },
  });
  const dueAt = new Date(Date.now() + delaySeconds * 1000);
  for (const policy of policies) {
    const systems = policy.systems.map((link) => link.system).filter((system) => system.kind === "tenant-configuration" && !system.deletedAt);
    await db.run.createMany({
      skipDuplicates: true,
      data: systems.map((system) => ({
        id: newId("run"),
        policyId: policy.id,
        systemId: system.id,
        trigger: "change",
        occurrence: PENDING_CHANGE,
        dueAt,
        status: "scheduled",
        attempts: policy.attempts,
        destinationIds: policy.destinations.map((link) => link.destinationId),
      })),
    });
  }
}
