import { page, pageQuery } from "#lib/http/paging.ts";
import { operation } from "#lib/operation.ts";
import { runList, runListInput } from "#lib/runs/schemas.ts";
import { toRun, withNames } from "#lib/runs/to-run.ts";

export const listRuns = operation({
  name: "listRuns",
  summary: "The tenant's runs, newest first; planned ones included.",
  http: { method: "GET", path: "/runs" },
  permission: "runs.read",
  input: runListInput,
  output: runList,
  audit: "nothing: a list of what everyone may see",
  run: async (db, _context, input) => {
    const { where, ...query } = pageQuery(input);
    const filters = {
      ...(input.systemId && { systemId: input.systemId }),
      ...(input.policyId && { policyId: input.policyId }),
      ...(input.status && { status: { in: input.status } }),
    };
    const found = page(await db.run.findMany({ ...query, where: { ...where, ...filters }, include: withNames }), input.limit);
    return { ...found, items: found.items.map(toRun) };
  },
});
