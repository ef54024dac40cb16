import type { Transaction } from "#lib/db/client.ts";
import { ConflictError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { runSchema } from "#lib/runs/schemas.ts";
import { getRunOrThrow, toRun } from "#lib/runs/to-run.ts";

export const cancelRun = operation({
  name: "cancelRun",
  summary: "Cancels a run: at once while it waits, within seconds while it is under way. A cancelled run leaves no backup.",
  http: { method: "POST", path: "/runs/{id}/cancel" },
  permission: "runs.start",
  input: idInput,
  output: runSchema,
  audit: ({ id, systemName }) => ({ action: "run.cancelled", subjectKind: "run", subjectId: id, subjectLabel: systemName }),
  changes: ["runs", "overview", "due"],
  run: async (db, _context, { id }) => {
    await getRunOrThrow(db, id);
    if (!(await cancelWaiting(db, id)) && !(await askRunning(db, id))) {
      throw new ConflictError("This run has ended already; there is nothing to cancel.", "run-ended");
    }
    return toRun(await getRunOrThrow(db, id));
  },
});

/** The next change makes a pending change run of its own. */
async function cancelWaiting(db: Transaction, id: string): Promise<boolean> {
  const count = await db.$executeRaw`
    UPDATE runs
    SET status = 'cancelled', finished_at = clock_timestamp(), cancel_requested_at = clock_timestamp(), waiting_for = NULL,
      occurrence = CASE WHEN occurrence = 'change' THEN 'change:' || id ELSE occurrence END
    WHERE id = ${id} AND status IN ('scheduled', 'queued')`;
  return count > 0;
}

/** Its worker notices at its next pulse, within about a second. */
async function askRunning(db: Transaction, id: string): Promise<boolean> {
  const count = await db.$executeRaw`
    UPDATE runs SET cancel_requested_at = COALESCE(cancel_requested_at, clock_timestamp()) WHERE id = ${id} AND status = 'running'`;
  return count > 0;
}
