import { z } from "zod";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { policyOrThrow } from "#lib/policies/get-policy.ts";

export const deletePolicy = operation({
  name: "deletePolicy",
  summary: "Ends a policy. Its backups stay.",
  http: { method: "DELETE", path: "/policies/{id}" },
  permission: "policies.delete",
  input: idInput,
  output: z.object({ id: z.string(), name: z.string() }),
  audit: ({ id, name }) => ({ action: "policy.deleted", subjectKind: "policy", subjectId: id, subjectLabel: name }),
  changes: ["policies", "runs"],
  changesConfiguration: true,
  run: async (db, _context, { id }) => {
    const { name } = await policyOrThrow(db, id);
    await db.run.updateMany({
      where: { policyId: id, status: "scheduled" },
      data: { status: "cancelled", finishedAt: new Date(), failure: { step: "schedule", message: "The policy was deleted." } },
    });
    await db.policy.updateMany({ where: { id }, data: { deletedAt: new Date(), enabled: false } });
    return { id, name };
  },
});
