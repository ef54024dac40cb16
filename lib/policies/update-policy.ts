import { requireProof } from "#lib/auth/step-up.ts";
import type { RetentionRules } from "#lib/backups/decide-retention.ts";
import type { Context } from "#lib/auth/context.ts";
import { databaseNow } from "#lib/clock/database-now.ts";
import { InvalidInputError } from "#lib/errors.ts";
import { operation, requirePermission } from "#lib/operation.ts";
import { policyOrThrow } from "#lib/policies/get-policy.ts";
import { linkPolicy } from "#lib/policies/link-policy.ts";
import { type PolicyDto, policySchema, updatePolicyInput } from "#lib/policies/schemas.ts";
import { shrinksRetention } from "#lib/policies/shrinks-retention.ts";
import { type WouldDelete, wouldDelete } from "#lib/policies/would-delete.ts";
import { anchorSchedule } from "#lib/schedule/due.ts";

export const updatePolicy = operation({
  name: "updatePolicy",
  summary:
    "Changes a policy. Keeping fewer backups than before needs the right to shrink retention; if it deletes some, also their number and the login password.",
  http: { method: "PATCH", path: "/policies/{id}" },
  permission: "policies.write",
  input: updatePolicyInput,
  output: policySchema,
  audit: ({ id, name }, { id: _id, password: _password, acknowledgeDeletes, ...changed }) => ({
    action: "policy.changed",
    subjectKind: "policy",
    subjectId: id,
    subjectLabel: name,
    detail: { changed, ...(acknowledgeDeletes === undefined ? {} : { acknowledgedDeletes: acknowledgeDeletes }) },
  }),
  changes: ["policies", "runs"],
  changesConfiguration: true,
  prepare: async (context, { password }) => {
    if (password === undefined) return false;
    await requireProof(context, { password });
    return true;
  },
  run: async (db, context, input, isProven) => {
    const { id, systemIds, destinationIds, schedule, password: _, acknowledgeDeletes, ...fields } = input;
    const before = await policyOrThrow(db, id);
    const anchored = schedule && { schedule: anchorSchedule(schedule, before.schedule, await databaseNow(db)) };
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    if (fields.retention && shrinksRetention(before.retention, fields.retention)) requirePermission(context, "policies.shrinkRetention");
    const after = { ...before, ...(systemIds && { systemIds }), ...anchored, ...(fields.retention && { retention: fields.retention }) };
    const counted = await wouldDelete(db, rulesOf(before), rulesOf(after));
    requireAcknowledged(context, counted, isProven ? acknowledgeDeletes : undefined);
    await db.policy.updateMany({ where: { id }, data: { ...given, ...anchored } });
    await linkPolicy(db, id, { ...(systemIds ? { systemIds } : {}), ...(destinationIds ? { destinationIds } : {}) });
    return policyOrThrow(db, id);
  },
});

function rulesOf({ id, systemIds, retention, schedule }: Pick<PolicyDto, "id" | "systemIds" | "retention" | "schedule">): RetentionRules {
  return { policyId: id, systemIds, retention, timeZone: schedule.timeZone };
}

/** Throws "would-delete" with the numbers when the edit deletes more than before and nobody has said so. */
function requireAcknowledged(context: Context, { deletes, more }: WouldDelete, acknowledged: number | undefined): void {
  if (more === 0) return;
  requirePermission(context, "policies.shrinkRetention");
  if (acknowledged === deletes) return;
  const backups = (count: number) => (count === 1 ? "1 backup" : `${count} backups`);
  const rest = deletes > more ? `, ${more} of which it keeps now` : "";
  const message = `So changed, the policy deletes ${backups(deletes)} after its next run${rest}. Confirm the number and type your login password to save that.`;
  throw new InvalidInputError(message, [], { code: "would-delete", extra: { deletes, more } });
}
