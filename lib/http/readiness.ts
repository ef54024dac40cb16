import { readdirSync } from "node:fs";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";
import { queueAnswers } from "#lib/queue/answers.ts";

/** Whether everything that work needs is there, and a sentence for each thing that is not. */
export async function readiness(): Promise<{ ready: boolean; reasons: string[] }> {
  const reasons = await lookAround().catch((error: unknown) => {
    log.warn({ err: error }, "Not ready: the database does not answer");
    return ["The database does not answer."];
  });
  return { ready: reasons.length === 0, reasons };
}

async function lookAround(): Promise<string[]> {
  const { applied, workers } = await acrossTenants("operator", async (db) => ({
    applied: await db.$queryRaw<{ migration_name: string }[]>`SELECT applied_migration_names() AS migration_name`,
    workers: await db.worker.findMany({ select: { heartbeatAt: true } }),
  }));
  const names = new Set(applied.map((row) => row.migration_name));
  const missing = readdirSync("prisma/migrations", { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !names.has(entry.name),
  );
  const freshAfter = Date.now() - env().HOLDFAST_LEASE_SECONDS * 1000;
  return [
    ...(missing.length > 0 ? [`The database misses ${missing.length === 1 ? "a migration" : `${missing.length} migrations`}.`] : []),
    ...(workers.some((worker) => worker.heartbeatAt.getTime() > freshAfter)
      ? []
      : ["No worker was seen in the last minute, so nothing runs."]),
    ...((await queueAnswers()) ? [] : ["The queue does not answer, so work begins late."]),
  ];
}
