import { page, pageInput, pageOf, pageQuery } from "#lib/http/paging.ts";
import { operation } from "#lib/operation.ts";
import { destinationSchema } from "#lib/destinations/schemas.ts";
import { toDestinations } from "#lib/destinations/to-destination.ts";

export const listDestinations = operation({
  name: "listDestinations",
  summary: "The tenant's destinations, newest first.",
  http: { method: "GET", path: "/destinations" },
  permission: "destinations.read",
  input: pageInput,
  output: pageOf(destinationSchema),
  audit: "nothing: a list of what everyone may see",
  run: async (db, _context, input) => {
    const { where, ...query } = pageQuery(input);
    const found = page(await db.destination.findMany({ ...query, where: { ...where, deletedAt: null } }), input.limit);
    return { ...found, items: await toDestinations(db, found.items) };
  },
});
