import { databaseNow } from "#lib/clock/database-now.ts";
import { newId } from "#lib/ids.ts";
import { operation } from "#lib/operation.ts";
import { policyOrThrow } from "#lib/policies/get-policy.ts";
import { linkPolicy } from "#lib/policies/link-policy.ts";
import { createPolicyInput, policySchema } from "#lib/policies/schemas.ts";
import { anchorSchedule } from "#lib/schedule/due.ts";

export const createPolicy = operation({
  name: "createPolicy",
  summary: "Says which systems are backed up, when, where to and for how long.",
  http: { method: "POST", path: "/policies", status: 201 },
  permission: "policies.write",
  input: createPolicyInput,
  output: policySchema,
  audit: ({ id, name, schedule, retention }) => ({
    action: "policy.created",
    subjectKind: "policy",
    subjectId: id,
    subjectLabel: name,
    detail: { schedule, retention },
  }),
  changes: ["policies", "runs"],
  changesConfiguration: true,
  run: async (db, _context, { systemIds, destinationIds, schedule, ...fields }) => {
    const id = newId("policy");
    await db.policy.createMany({ data: [{ id, ...fields, schedule: anchorSchedule(schedule, null, await databaseNow(db)) }] });
    await linkPolicy(db, id, { systemIds, destinationIds });
    return policyOrThrow(db, id);
  },
});
