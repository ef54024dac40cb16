import { z } from "zod";
import { requireMayTakeAlong, takeAlongFields, trashCounted } from "#lib/backups/trash-counted.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { policyOrThrow } from "#lib/policies/get-policy.ts";
import { cancelPlanned } from "#lib/runs/cancel-planned.ts";

export const deletePolicy = operation({
  name: "deletePolicy",
  summary: "Ends a policy. Its backups stay, unless they are asked for by number.",
  http: { method: "DELETE", path: "/policies/{id}" },
  permission: "policies.delete",
  input: idInput.extend(takeAlongFields),
  output: z.object({ id: z.string(), name: z.string(), trashedBackups: z.number() }),
  audit: ({ id, name, trashedBackups }) => ({
    action: "policy.deleted",
    subjectKind: "policy",
    subjectId: id,
    subjectLabel: name,
    detail: { trashedBackups },
  }),
  changes: ["policies", "runs", "backups", "overview"],
  changesConfiguration: true,
  prepare: requireMayTakeAlong,
  run: async (db, _context, { id, deleteBackups }) => {
    const { name } = await policyOrThrow(db, id);
    const trashedBackups = await trashCounted(db, { policyId: id }, deleteBackups);
    await cancelPlanned(db, { policyId: id, status: "scheduled" }, "The policy was deleted.");
    await db.policy.updateMany({ where: { id }, data: { deletedAt: new Date(), enabled: false } });
    return { id, name, trashedBackups };
  },
});
