import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import { type RedisServer, startRedis } from "#e2e/servers/redis.ts";
import { startWorkerProcess, type WorkerProcess } from "#e2e/servers/worker-process.ts";
import { asSuperuser, type BenchDatabase, type BenchInstallation, endWithProcess } from "./bench-installation.ts";
import { type EndedRun, type Figures, figuresOf } from "./figures.ts";
import { planAll } from "./fill.ts";

export interface Night {
  backend: "postgres" | "redis";
  workers: number;
  systems: number;
  /** By how much each store in the destination takes longer. */
  destinationMs: number;
}

/** Runs that end at once would end in the workers' first seconds, too. */
const LEAST_HEAD_START_MS = 8000;
const LONGEST_STANDSTILL_MS = 180_000;
const LOOK_EVERY_MS = 500;
const MINUTE_MS = 60_000;

/**
 * Lets real workers meet runs that are all due at the same minute, and answers what came of it. Throws when a run ends otherwise than completed at its first
 * attempt, when there is not exactly one backup for each, or when nothing moves any more.
 */
export async function measureNight(installation: BenchInstallation, night: Night, environment: Record<string, string>): Promise<Figures> {
  const database = await installation.copy(`night_${process.hrtime.bigint()}`);
  const redis = night.backend === "redis" ? await startRedisOfOurs() : null;
  const workers: WorkerProcess[] = [];
  try {
    const dueAt = nextMinute(LEAST_HEAD_START_MS + night.systems);
    await planAll(database, dueAt);
    for (let number = 0; number < night.workers; number += 1) workers.push(startWorker(database, redis, night, environment));
    await ready(workers);
    if (Date.now() >= dueAt.getTime()) throw new Error("The workers were not ready when the runs came due.");
    await ended(database, dueAt, night.systems, workers);
    return figuresOf(await readRuns(database, dueAt, night.systems, workers));
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    await redis?.stop();
    await installation.drop(database);
  }
}

function nextMinute(headStartMs: number): Date {
  return new Date(Math.ceil((Date.now() + headStartMs) / MINUTE_MS) * MINUTE_MS);
}

async function startRedisOfOurs(): Promise<RedisServer> {
  const redis = await startRedis();
  let stopped: () => void = () => undefined;
  endWithProcess(redis.pid, "SIGKILL", new Promise<void>((resolve) => (stopped = resolve)));
  return { ...redis, stop: () => redis.stop().finally(stopped) };
}

function startWorker(database: BenchDatabase, redis: RedisServer | null, night: Night, environment: Record<string, string>): WorkerProcess {
  const preload = fileURLToPath(new URL("tiny-world.ts", import.meta.url));
  const worker = startWorkerProcess({
    ...database.environment,
    ...(redis && { REDIS_URL: redis.url }),
    NODE_ENV: "production",
    NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import=${preload}`,
    TMPDIR: process.env["TMPDIR"] ?? "",
    BENCH_DESTINATION_MS: String(night.destinationMs),
    ...environment,
  });
  endWithProcess(worker.child.pid ?? 0, "SIGKILL", worker.ended);
  return worker;
}

async function ready(workers: readonly WorkerProcess[]): Promise<void> {
  while (!workers.every((worker) => worker.output().includes("The worker is ready"))) {
    requireAlive(workers);
    await delay(50);
  }
}

async function ended(database: BenchDatabase, dueAt: Date, systems: number, workers: readonly WorkerProcess[]): Promise<void> {
  await asSuperuser(database, async (client) => {
    let [last, movedAt] = [-1, Math.max(Date.now(), dueAt.getTime())];
    while (last < systems) {
      await delay(LOOK_EVERY_MS);
      requireAlive(workers);
      const { rows } = await client.query<{ count: number }>(
        "SELECT count(*)::int AS count FROM runs WHERE due_at = $1 AND status NOT IN ('scheduled', 'queued', 'running')",
        [dueAt],
      );
      const count = rows[0]?.count ?? 0;
      if (count !== last) [last, movedAt] = [count, Math.max(Date.now(), dueAt.getTime())];
      if (Date.now() - movedAt > LONGEST_STANDSTILL_MS)
        throw new Error(`Nothing moves any more: ${count} of ${systems}.\n${tailOf(workers)}`);
    }
  });
}

function requireAlive(workers: readonly WorkerProcess[]): void {
  if (workers.some(({ child }) => child.exitCode !== null || child.signalCode !== null))
    throw new Error(`A worker ended.\n${tailOf(workers)}`);
}

function tailOf(workers: readonly WorkerProcess[]): string {
  return workers.map((worker) => worker.output().slice(-2000)).join("\n---\n");
}

async function readRuns(database: BenchDatabase, dueAt: Date, systems: number, workers: readonly WorkerProcess[]): Promise<EndedRun[]> {
  return asSuperuser(database, async (client) => {
    const { rows } = await client.query<{
      tenantId: string;
      status: string;
      attempt: number;
      dueAt: Date;
      startedAt: Date;
      finishedAt: Date;
    }>(
      `SELECT tenant_id AS "tenantId", status, attempt, due_at AS "dueAt", started_at AS "startedAt", finished_at AS "finishedAt"
       FROM runs WHERE due_at = $1`,
      [dueAt],
    );
    const odd = rows.filter((run) => run.status !== "completed" || run.attempt !== 1);
    const backups = await client.query<{ count: number }>(
      "SELECT count(DISTINCT run_id)::int AS count FROM backups WHERE status = 'completed' AND number = 1",
    );
    const found = backups.rows[0]?.count ?? 0;
    if (rows.length !== systems || odd.length > 0 || found !== systems) {
      const why = await client.query("SELECT status, attempt, failure->>'message' AS message, count(*) FROM runs GROUP BY 1, 2, 3");
      throw new Error(
        `${rows.length} runs, ${odd.length} of them not completed at once, and ${found} backups: ${JSON.stringify(why.rows)}\n${tailOf(workers)}`,
      );
    }
    return rows.map((run) => ({
      tenantId: run.tenantId,
      dueAt: run.dueAt.getTime(),
      startedAt: run.startedAt.getTime(),
      finishedAt: run.finishedAt.getTime(),
    }));
  });
}
