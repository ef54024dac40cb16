import { operation, requirePermission } from "#lib/operation.ts";
import { policyOrThrow } from "#lib/policies/get-policy.ts";
import { linkPolicy } from "#lib/policies/link-policy.ts";
import { policySchema, updatePolicyInput } from "#lib/policies/schemas.ts";
import { shrinksRetention } from "#lib/policies/shrinks-retention.ts";
import { anchorSchedule } from "#lib/schedule/due.ts";

export const updatePolicy = operation({
  name: "updatePolicy",
  summary: "Changes a policy. Keeping fewer backups than before needs the right to shrink retention.",
  http: { method: "PATCH", path: "/policies/{id}" },
  permission: "policies.write",
  input: updatePolicyInput,
  output: policySchema,
  audit: ({ id, name }, { id: _id, ...changed }) => ({
    action: "policy.changed",
    subjectKind: "policy",
    subjectId: id,
    subjectLabel: name,
    detail: { changed },
  }),
  changes: ["policies", "runs"],
  changesConfiguration: true,
  run: async (db, context, { id, systemIds, destinationIds, schedule, ...fields }) => {
    const before = await policyOrThrow(db, id);
    if (fields.retention && shrinksRetention(before.retention, fields.retention)) requirePermission(context, "policies.shrinkRetention");
    const anchored = schedule && { schedule: anchorSchedule(schedule, before.schedule, new Date()) };
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    await db.policy.updateMany({ where: { id }, data: { ...given, ...anchored } });
    await linkPolicy(db, id, { ...(systemIds ? { systemIds } : {}), ...(destinationIds ? { destinationIds } : {}) });
    return policyOrThrow(db, id);
  },
});
