import { ConflictError, NotFoundError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { type RunDto, startedRuns } from "#lib/runs/schemas.ts";
import { queueRun } from "#lib/runs/queue-run.ts";

export const startPolicyRuns = operation({
  name: "startPolicyRuns",
  summary: "Backs up every system of a policy now, to its destinations and under its retention.",
  http: { method: "POST", path: "/policies/{id}/runs", status: 202 },
  permission: "runs.start",
  input: idInput,
  output: startedRuns,
  audit: ({ items }, { id }) => ({
    action: "policy.run",
    subjectKind: "policy",
    subjectId: id,
    subjectLabel: items[0]?.policyName ?? "",
    detail: { runIds: items.map((run) => run.id) },
  }),
  changes: ["runs", "overview", "due"],
  run: async (db, { actor }, { id }) => {
    const policy = await db.policy.findFirst({
      where: { id, deletedAt: null },
      include: { systems: { where: { system: { deletedAt: null } } }, destinations: true },
    });
    if (!policy) throw new NotFoundError("policy");
    if (policy.systems.length === 0)
      throw new ConflictError(`“${policy.name}” has no system to back up. Add one to it first.`, "no-system");
    const destinationIds = policy.destinations.map((link) => link.destinationId);
    const items: RunDto[] = [];
    for (const { systemId } of policy.systems) {
      items.push(await queueRun(db, { policyId: id, systemId, destinationIds, requestedBy: actor.memberId }));
    }
    return { items };
  },
});
