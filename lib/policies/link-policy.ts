import type { Transaction } from "#lib/db/client.ts";
import { InvalidInputError } from "#lib/errors.ts";

/** Makes a policy cover exactly these systems and destinations. Throws InvalidInputError for ids that are not the tenant's own. */
export async function linkPolicy(
  db: Transaction,
  policyId: string,
  wanted: { systemIds?: string[]; destinationIds?: string[] },
): Promise<void> {
  if (wanted.systemIds) await linkSystems(db, policyId, wanted.systemIds);
  if (wanted.destinationIds) await linkDestinations(db, policyId, wanted.destinationIds);
}

async function linkSystems(db: Transaction, policyId: string, ids: string[]): Promise<void> {
  const known = await db.system.findMany({ where: { id: { in: ids }, deletedAt: null }, select: { id: true } });
  refuseUnknown("systemIds", "system", ids, known);
  // Those that it covers already keep the time since when it does.
  await db.policySystem.deleteMany({ where: { policyId, systemId: { notIn: ids } } });
  await db.policySystem.createMany({ data: ids.map((systemId) => ({ policyId, systemId })), skipDuplicates: true });
}

async function linkDestinations(db: Transaction, policyId: string, ids: string[]): Promise<void> {
  const known = await db.destination.findMany({ where: { id: { in: ids }, deletedAt: null }, select: { id: true } });
  refuseUnknown("destinationIds", "destination", ids, known);
  await db.policyDestination.deleteMany({ where: { policyId } });
  await db.policyDestination.createMany({ data: ids.map((destinationId) => ({ policyId, destinationId })) });
}

function refuseUnknown(path: string, noun: string, ids: string[], known: { id: string }[]): void {
  const missing = ids.find((id) => !known.some((row) => row.id === id));
  if (!missing) return;
  const message = `There is no ${noun} “${missing}”; it may have been deleted meanwhile.`;
  throw new InvalidInputError(message, [{ path, message }]);
}
