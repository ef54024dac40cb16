import { ConflictError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { destinationsFor } from "#lib/runs/destinations-for.ts";
import { runSchema } from "#lib/runs/schemas.ts";
import { queueRun } from "#lib/runs/queue-run.ts";
import { getRunOrThrow, toRun } from "#lib/runs/to-run.ts";
import { systemOrThrow } from "#lib/systems/get-system.ts";

const RETRIED = ["failed", "cancelled", "missed", "partial"];

export const retryRun = operation({
  name: "retryRun",
  summary: "Does again what a run that failed, was missed or was cancelled should have done: as a new run.",
  http: { method: "POST", path: "/runs/{id}/retry", status: 202 },
  permission: "runs.start",
  input: idInput,
  output: runSchema,
  audit: ({ id, systemName }, input) => ({
    action: "run.retried",
    subjectKind: "run",
    subjectId: id,
    subjectLabel: systemName,
    detail: { of: input.id },
  }),
  changes: ["runs", "overview", "due"],
  run: async (db, { actor }, { id }) => {
    const run = await getRunOrThrow(db, id);
    if (!RETRIED.includes(run.status))
      throw new ConflictError(`A run that is ${toRun(run).status} cannot be retried.`, "run-not-retriable");
    const { systemId, policyId } = run;
    await systemOrThrow(db, systemId);
    const present = await db.destination.findMany({ where: { id: { in: run.destinationIds }, deletedAt: null }, select: { id: true } });
    const destinationIds = present.length > 0 ? present.map((row) => row.id) : await destinationsFor(db, systemId);
    return queueRun(db, { policyId, systemId, destinationIds, requestedBy: actor.memberId });
  },
});
