import type { Transaction } from "#lib/db/client.ts";
import { NotFoundError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { destinationSchema } from "#lib/destinations/schemas.ts";
import { toDestinations } from "#lib/destinations/to-destination.ts";

export const getDestination = operation({
  name: "getDestination",
  summary: "One destination.",
  http: { method: "GET", path: "/destinations/{id}" },
  permission: "destinations.read",
  input: idInput,
  output: destinationSchema,
  audit: "nothing: a look at what everyone may see",
  run: async (db, _context, { id }) => destinationOrThrow(db, id),
});

/** The destination as the API shows it. Throws NotFoundError when it is absent or deleted. */
export async function destinationOrThrow(db: Transaction, id: string) {
  const row = await db.destination.findFirst({ where: { id, deletedAt: null } });
  const [destination] = row ? await toDestinations(db, [row]) : [];
  if (!destination) throw new NotFoundError("destination");
  return destination;
}
