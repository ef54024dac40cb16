import { judgeWatch } from "#lib/alarms/judge-watch.ts";
import { readWatch, watchLimits } from "#lib/alarms/read-watch.ts";
import { doubtedClock } from "#lib/clock/check-clock.ts";
import { clockDoubtWords } from "#lib/clock/clock-words.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { queueAnswers } from "#lib/queue/answers.ts";

/**
 * Why somebody outside should not hear that all is well: nobody looks for due runs, some are not begun in time, the queue does not answer, or the clock is in
 * doubt. Null when all is well. That a system cannot be backed up is its tenant's concern, and told to the tenant.
 */
export async function whyNotWell(): Promise<string | null> {
  // Nobody is told that all is well who has just begun to look; but an old look counts against it at once.
  const watch = await acrossTenants("scheduler", (db) => readWatch(db, Infinity));
  if (!watch) return "Nobody has looked for due runs yet.";
  const trouble = judgeWatch(watch, watchLimits());
  if (trouble) return trouble.message;
  const { doubt } = await doubtedClock();
  if (doubt) return clockDoubtWords[doubt];
  return (await queueAnswers()) ? null : "The queue does not answer.";
}
