import type { Transaction } from "#lib/db/client.ts";
import { InvalidInputError } from "#lib/errors.ts";

/**
 * Where a backup of a system goes that nobody named destinations for: where its policies keep it, else everywhere.
 * Throws InvalidInputError when the tenant has no destination.
 */
export async function destinationsFor(db: Transaction, systemId: string): Promise<string[]> {
  const present = await db.destination.findMany({ where: { deletedAt: null }, select: { id: true }, orderBy: { id: "asc" } });
  if (present.length === 0)
    throw new InvalidInputError("There is no destination yet. Add one, then back up.", [], { code: "no-destination" });
  const links = await db.policyDestination.findMany({
    where: { policy: { deletedAt: null, enabled: true, systems: { some: { systemId } } } },
    select: { destinationId: true },
  });
  const ids = present.map((destination) => destination.id);
  const ofPolicies = ids.filter((id) => links.some((link) => link.destinationId === id));
  return ofPolicies.length > 0 ? ofPolicies : ids;
}
