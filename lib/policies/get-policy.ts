import type { Transaction } from "#lib/db/client.ts";
import { NotFoundError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { type PolicyDto, policySchema } from "#lib/policies/schemas.ts";
import { policyInclude, toPolicy } from "#lib/policies/to-policy.ts";

export const getPolicy = operation({
  name: "getPolicy",
  summary: "One policy.",
  http: { method: "GET", path: "/policies/{id}" },
  permission: "policies.read",
  input: idInput,
  output: policySchema,
  audit: "nothing: a look at what everyone may see",
  run: (db, _context, { id }) => policyOrThrow(db, id),
});

/** The policy as the API shows it. Throws NotFoundError when it is absent or deleted. */
export async function policyOrThrow(db: Transaction, id: string): Promise<PolicyDto> {
  const row = await db.policy.findFirst({ where: { id, deletedAt: null }, include: policyInclude });
  if (!row) throw new NotFoundError("policy");
  return toPolicy(row);
}
