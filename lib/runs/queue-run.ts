import { databaseNow } from "#lib/clock/database-now.ts";
import type { Transaction } from "#lib/db/client.ts";
import { newId } from "#lib/ids.ts";
import type { RunDto } from "#lib/runs/schemas.ts";
import { getRunOrThrow, toRun } from "#lib/runs/to-run.ts";

/** Attempts of a run that a person asked for: a worker that dies does not end it, while an error is told at once. */
const ATTEMPTS = 3;

export interface RunRequest {
  policyId: string | null;
  systemId: string;
  destinationIds: string[];
  /** The member who asks. */
  requestedBy: string;
}

/** Queues a run for now. The operation around it announces the change "due", at which the dispatcher rings for it. */
export async function queueRun(db: Transaction, request: RunRequest): Promise<RunDto> {
  const id = newId("run");
  const now = await databaseNow(db);
  const due = { dueAt: now, queuedAt: now };
  await db.run.createMany({ data: [{ id, ...request, trigger: "person", status: "queued", attempts: ATTEMPTS, ...due }] });
  return toRun(await getRunOrThrow(db, id));
}
