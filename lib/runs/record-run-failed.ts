import type { Transaction } from "#lib/db/client.ts";
import { recordEvent } from "#lib/events/record-event.ts";

/** Tells of a run that failed for good; a run that is tried again is not told of. */
export async function recordRunFailed(
  db: Transaction,
  run: { tenantId: string; id: string; systemId: string; policyId: string | null; trigger: string },
  failure: { message: string; mend: string },
): Promise<void> {
  const { tenantId, id, systemId, policyId, trigger } = run;
  const subject = { tenantId, subjectKind: "run", subjectId: id };
  await recordEvent(db, "run.failed", subject, { runId: id, systemId, policyId, trigger, failure });
}
