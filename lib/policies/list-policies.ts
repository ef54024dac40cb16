import { page, pageInput, pageOf, pageQuery } from "#lib/http/paging.ts";
import { operation } from "#lib/operation.ts";
import { policySchema } from "#lib/policies/schemas.ts";
import { policyInclude, toPolicy } from "#lib/policies/to-policy.ts";

export const listPolicies = operation({
  name: "listPolicies",
  summary: "The tenant's policies, newest first.",
  http: { method: "GET", path: "/policies" },
  permission: "policies.read",
  input: pageInput,
  output: pageOf(policySchema),
  audit: "nothing: a list of what everyone may see",
  run: async (db, _context, input) => {
    const { where, ...query } = pageQuery(input);
    const found = page(await db.policy.findMany({ ...query, where: { ...where, deletedAt: null }, include: policyInclude }), input.limit);
    return { ...found, items: found.items.map(toPolicy) };
  },
});
