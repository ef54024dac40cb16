import { readdirSync } from "node:fs";
import { clockWords, judgeWatch } from "#lib/alarms/judge-watch.ts";
import { readWatch, watchLimits } from "#lib/alarms/read-watch.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";
import { queueAnswers } from "#lib/queue/answers.ts";

export interface Readiness {
  ready: boolean;
  /** A sentence for each thing without which work does not go on. */
  reasons: string[];
  /** A sentence for each thing that somebody should mend although work goes on. */
  warnings: string[];
}

/** Whether everything that work needs is there. */
export async function readiness(): Promise<Readiness> {
  const seen = await lookAround().catch((error: unknown) => {
    log.warn({ err: error }, "Not ready: the database does not answer");
    return { reasons: ["The database does not answer."], warnings: [] };
  });
  return { ready: seen.reasons.length === 0, ...seen };
}

async function lookAround(): Promise<Omit<Readiness, "ready">> {
  const missing = await missingMigrations();
  const worker = await lookForWorkers();
  return {
    reasons: [
      ...(missing > 0 ? [`The database misses ${missing === 1 ? "a migration" : `${missing} migrations`}.`] : []),
      ...worker.reasons,
      ...((await queueAnswers()) ? [] : ["The queue does not answer, so work begins late."]),
    ],
    warnings: worker.warnings,
  };
}

async function missingMigrations(): Promise<number> {
  const applied = await acrossTenants(
    "operator",
    (db) => db.$queryRaw<{ migration_name: string }[]>`SELECT applied_migration_names() AS migration_name`,
  );
  const names = new Set(applied.map((row) => row.migration_name));
  return readdirSync("prisma/migrations", { withFileTypes: true }).filter((entry) => entry.isDirectory() && !names.has(entry.name)).length;
}

/** By the database's clock: that of web may be another. */
async function lookForWorkers(): Promise<Omit<Readiness, "ready">> {
  const { seen, watch } = await acrossTenants("scheduler", async (db) => ({
    seen: await db.$queryRaw<{ id: string }[]>`
      SELECT id FROM workers WHERE heartbeat_at > clock_timestamp() - make_interval(secs => ${env().HOLDFAST_LEASE_SECONDS}::float8)`,
    watch: await readWatch(db),
  }));
  const trouble = watch && judgeWatch(watch, watchLimits());
  const warnings = trouble ? [] : (watch?.wrongClocks ?? []).map(clockWords);
  if (seen.length === 0) return { reasons: ["No worker was seen in the last minute, so nothing runs."], warnings };
  return { reasons: trouble ? [trouble.message] : [], warnings };
}
