import { judgeWatch, type WatchLimits, type WorkerTrouble } from "#lib/alarms/judge-watch.ts";
import { readWatch, watchLimits } from "#lib/alarms/read-watch.ts";
import { recordForTenants } from "#lib/alarms/record-for-tenants.ts";
import { tellLate } from "#lib/alarms/tell-late.ts";
import { installationName } from "#lib/backups/installation-name.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import type { Transaction } from "#lib/db/client.ts";
import { log } from "#lib/log.ts";

/**
 * Looks whether the worker's side still does its work, and tells the tenants once when it does not: those with an enabled policy when nobody looks for due
 * runs, those with late runs when they are not begun. Web calls it as well as workers, for a dead worker tells nothing; of several, one tells.
 */
export async function watchWorker(limits: WatchLimits = watchLimits(), watchedMs?: number): Promise<WorkerTrouble | null> {
  return acrossTenants("scheduler", async (db) => {
    await installationName(db);
    const watch = await readWatch(db, watchedMs);
    const trouble = watch && judgeWatch(watch, limits);
    if (trouble?.kind === "missing") await tellMissing(db, trouble);
    else {
      const ended = await db.$executeRaw`UPDATE installation SET worker_missing_since = NULL WHERE worker_missing_since IS NOT NULL`;
      if (ended > 0) log.info("Due runs are looked for again");
      if (watch && trouble) await tellLate(db, watch.lateRuns);
    }
    return trouble;
  });
}

async function tellMissing(db: Transaction, { since, message }: WorkerTrouble): Promise<void> {
  const found = await db.$executeRaw`UPDATE installation SET worker_missing_since = ${since} WHERE worker_missing_since IS NULL`;
  if (found === 0) return;
  log.error({ since }, message);
  await recordForTenants(db, "worker.missing", await coveredTenants(db), { message, since: since.toISOString() });
}

/** A dispatcher came to the end of a look. Written once a second at most, however often it looks. */
export async function noteLook(): Promise<void> {
  await acrossTenants("scheduler", async (db) => {
    await installationName(db);
    await db.$executeRaw`
      UPDATE installation SET last_dispatch_at = clock_timestamp()
      WHERE last_dispatch_at IS NULL OR last_dispatch_at NOT BETWEEN clock_timestamp() - interval '1 second' AND clock_timestamp()`;
  });
}

/** Tenants that somebody promised backups to. */
async function coveredTenants(db: Transaction): Promise<string[]> {
  const rows = await db.$queryRaw<{ tenantId: string }[]>`
    SELECT DISTINCT tenant_id AS "tenantId" FROM policies WHERE enabled AND deleted_at IS NULL`;
  return rows.map(({ tenantId }) => tenantId);
}
