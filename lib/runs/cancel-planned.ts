import type { Transaction } from "#lib/db/client.ts";

/**
 * Cancels runs whose policy or system goes. They give their occurrences up: where the policy or system comes back, as by a restore of the configuration, the
 * same times, and its changes, are planned anew.
 */
export async function cancelPlanned(
  db: Transaction,
  { status, ...of }: { policyId?: string; systemId?: string; status: string | { in: string[] } },
  message: string,
): Promise<void> {
  // The ledger locks what it plans before it touches its runs: in the same order, neither waits for the other forever.
  await db.policySystem.updateMany({ where: of, data: { planAt: null } });
  const failure = { step: "schedule", message };
  await db.run.updateMany({ where: { ...of, status }, data: { status: "cancelled", occurrence: null, finishedAt: new Date(), failure } });
}
