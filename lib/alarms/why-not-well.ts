import { judgeWatch, type LateRuns } from "#lib/alarms/judge-watch.ts";
import { readWatch, watchLimits } from "#lib/alarms/read-watch.ts";
import { doubtedClock } from "#lib/clock/check-clock.ts";
import { clockDoubtWords } from "#lib/clock/clock-words.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import type { Transaction } from "#lib/db/client.ts";
import { queueAnswers } from "#lib/queue/answers.ts";

/**
 * Why somebody outside should not hear that all is well: nobody looks for due runs, they are not begun in time, the queue does not answer, or the clock is in
 * doubt. Null when all is well. That a system cannot be backed up is its tenant's concern, and told to the tenant; so is that one tenant of several asks for
 * more than can be done.
 */
export async function whyNotWell(): Promise<string | null> {
  const { watch, trouble } = await acrossTenants("scheduler", async (db) => {
    // Nobody is told that all is well who has just begun to look; but an old look counts against it at once.
    const seen = await readWatch(db, Infinity);
    const found = seen && judgeWatch(seen, watchLimits());
    const isOneTenants = found?.kind === "late" && (await isOfOneTenantAlone(db, seen?.lateRuns ?? []));
    return { watch: seen, trouble: isOneTenants ? null : found };
  });
  if (!watch) return "Nobody has looked for due runs yet.";
  if (trouble) return trouble.message;
  const { doubt } = await doubtedClock();
  if (doubt) return clockDoubtWords[doubt];
  return (await queueAnswers()) ? null : "The queue does not answer.";
}

/** Whether runs of one tenant of several are late, while runs do begin. */
async function isOfOneTenantAlone(db: Transaction, lateRuns: readonly LateRuns[]): Promise<boolean> {
  if (lateRuns.length > 1) return false;
  const [found] = await db.$queryRaw<{ isOneOfSeveral: boolean }[]>`
    SELECT (SELECT count(*) FROM tenants) > 1 AND EXISTS (
      SELECT 1 FROM tenants, LATERAL (
        SELECT 1 FROM runs WHERE runs.tenant_id = tenants.id AND runs.started_at > clock_timestamp() - interval '1 hour' LIMIT 1) AS begun
    ) AS "isOneOfSeveral"`;
  return found?.isOneOfSeveral ?? false;
}
