import { startBackupInput } from "#lib/backups/schemas.ts";
import type { Transaction } from "#lib/db/client.ts";
import { InvalidInputError } from "#lib/errors.ts";
import { operation } from "#lib/operation.ts";
import { destinationsFor } from "#lib/runs/destinations-for.ts";
import { runSchema } from "#lib/runs/schemas.ts";
import { queueRun } from "#lib/runs/queue-run.ts";
import { systemOrThrow } from "#lib/systems/get-system.ts";

export const startBackup = operation({
  name: "startBackup",
  summary: "Backs a system up now. Answers the run that does it; retention never deletes such a backup by itself.",
  http: { method: "POST", path: "/backups", status: 202 },
  permission: "runs.start",
  input: startBackupInput,
  output: runSchema,
  audit: ({ id, systemId, systemName }) => ({
    action: "run.started",
    subjectKind: "system",
    subjectId: systemId,
    subjectLabel: systemName,
    detail: { runId: id },
  }),
  changes: ["runs", "overview", "due"],
  run: async (db, { actor }, { systemId, destinationIds }) => {
    await systemOrThrow(db, systemId);
    if (destinationIds) await refuseUnknown(db, destinationIds);
    const chosen = destinationIds ? [...new Set(destinationIds)] : await destinationsFor(db, systemId);
    return queueRun(db, { policyId: null, systemId, destinationIds: chosen, requestedBy: actor.memberId });
  },
});

async function refuseUnknown(db: Transaction, ids: string[]): Promise<void> {
  const known = await db.destination.findMany({ where: { id: { in: ids }, deletedAt: null }, select: { id: true } });
  const missing = ids.find((id) => !known.some((row) => row.id === id));
  if (missing === undefined) return;
  const message = `There is no destination “${missing}”; it may have been deleted meanwhile.`;
  throw new InvalidInputError(message, [{ path: "destinationIds", message }]);
}
