import { z } from "zod";
import type { Transaction } from "#lib/db/client.ts";
import { destinationOrThrow } from "#lib/destinations/get-destination.ts";
import { ConflictError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";

export const deleteDestination = operation({
  name: "deleteDestination",
  summary: "Stops writing to a destination. Backups that lie there stay there, listed and readable.",
  http: { method: "DELETE", path: "/destinations/{id}" },
  permission: "destinations.delete",
  input: idInput,
  output: z.object({ id: z.string(), name: z.string() }),
  audit: ({ id, name }) => ({ action: "destination.deleted", subjectKind: "destination", subjectId: id, subjectLabel: name }),
  changes: ["destinations", "policies"],
  changesConfiguration: true,
  run: async (db, _context, { id }) => {
    const { name } = await destinationOrThrow(db, id);
    await refuseLastOfPolicy(db, id);
    await db.policyDestination.deleteMany({ where: { destinationId: id } });
    await db.destination.updateMany({ where: { id }, data: { deletedAt: new Date() } });
    return { id, name };
  },
});

/** A policy without a destination would fail every night. */
async function refuseLastOfPolicy(db: Transaction, destinationId: string): Promise<void> {
  const policies = await db.policy.findMany({
    where: { deletedAt: null, destinations: { some: { destinationId } } },
    select: { name: true, destinations: { select: { destinationId: true } } },
  });
  const names = policies.filter((policy) => policy.destinations.length === 1).map((policy) => `“${policy.name}”`);
  if (names.length === 0) return;
  throw new ConflictError(
    `It is the only destination of ${names.join(", ")}. Give ${names.length === 1 ? "that policy" : "those policies"} another one first.`,
    "last-destination",
  );
}
