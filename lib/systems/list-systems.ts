import { page, pageInput, pageOf, pageQuery } from "#lib/http/paging.ts";
import { operation } from "#lib/operation.ts";
import { systemSchema } from "#lib/systems/schemas.ts";
import { toSystems } from "#lib/systems/to-system.ts";

export const listSystems = operation({
  name: "listSystems",
  summary: "The tenant's systems, newest first.",
  http: { method: "GET", path: "/systems" },
  permission: "systems.read",
  input: pageInput,
  output: pageOf(systemSchema),
  audit: "nothing: a list of what everyone may see",
  run: async (db, _context, input) => {
    const { where, ...query } = pageQuery(input);
    const found = page(await db.system.findMany({ ...query, where: { ...where, deletedAt: null } }), input.limit);
    return { ...found, items: await toSystems(db, found.items) };
  },
});
