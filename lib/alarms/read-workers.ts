import { clockWords, judgeWatch } from "#lib/alarms/judge-watch.ts";
import { readWatch, watchLimits } from "#lib/alarms/read-watch.ts";
import type { Notices } from "#lib/alarms/schemas.ts";
import type { Transaction } from "#lib/db/client.ts";

/** What is wrong with the workers' side: looked at from here, since a dead worker tells of nothing. */
export async function readWorkers(db: Transaction): Promise<Notices["workers"]> {
  const watch = await readWatch(db);
  const trouble = watch && judgeWatch(watch, watchLimits());
  return {
    trouble: trouble && { ...trouble, since: trouble.since.toISOString() },
    wrongClocks: trouble?.kind === "missing" ? [] : (watch?.wrongClocks ?? []).map(clockWords),
  };
}
