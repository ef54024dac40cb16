import { readdirSync } from "node:fs";
import { judgeWatch, type WorkerTrouble } from "#lib/alarms/judge-watch.ts";
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

/** How long an answer serves everybody who asks: anybody may, without signing in. */
const FRESH_MS = 2000;
/** An answer that takes so long is asked for anew. */
const PATIENCE_MS = 30_000;

/** Of the worker's side. Anybody may read them: whose runs they are, how many and which worker is told elsewhere. */
const troubleWords: Record<WorkerTrouble["kind"], string> = {
  missing: "No worker looks for due runs, so backups are not being made. Look into the worker’s log.",
  late: "Due runs have not begun although their time window is over. Look into the worker’s log.",
};
const CLOCK_WORDS = "The clock of a worker is not the database’s, so it takes no work. Set both by a time server.";

/** Kept on globalThis, because a development server evaluates modules anew after every edit. */
const holder = globalThis as typeof globalThis & { holdfastReadiness?: { readiness: Promise<Readiness>; untilMs: number } };

/** readiness() of at most two seconds ago: however many ask at once, the database is asked once. */
export function recentReadiness(look: () => Promise<Readiness> = readiness): Promise<Readiness> {
  const known = holder.holdfastReadiness;
  if (known && performance.now() < known.untilMs) return known.readiness;
  const fresh = { readiness: look(), untilMs: performance.now() + PATIENCE_MS };
  holder.holdfastReadiness = fresh;
  const settled = () => (fresh.untilMs = performance.now() + FRESH_MS);
  void fresh.readiness.then(settled, settled);
  return fresh.readiness;
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
      ...(missing > 0 ? ["The database misses a migration."] : []),
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
  // One tenant alone can ask for more than can be done: that must not take the installation out of service.
  const warnings = [...(trouble?.kind === "late" ? [troubleWords.late] : []), ...(watch?.wrongClocks.length ? [CLOCK_WORDS] : [])];
  if (seen.length === 0) return { reasons: ["No worker was seen in the last minute, so nothing runs."], warnings };
  return { reasons: trouble?.kind === "missing" ? [troubleWords.missing] : [], warnings };
}
