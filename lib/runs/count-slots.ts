import type { Transaction } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";

/** A worker whose sign of life is older than this many heartbeats takes nothing. */
const SILENT_HEARTBEATS = 4;

/** Workers that live; one where none is known, for whoever asks is about to be one. */
export async function countWorkers(db: Pick<Transaction, "$queryRaw">): Promise<number> {
  const seconds = env().HOLDFAST_HEARTBEAT_SECONDS * SILENT_HEARTBEATS;
  const [workers] = await db.$queryRaw<{ living: number }[]>`
    SELECT count(*)::int AS living FROM workers WHERE heartbeat_at > clock_timestamp() - make_interval(secs => ${seconds}::float8)`;
  return Math.max(1, workers?.living ?? 1);
}

/** Runs that the living workers can carry out at once, as far as this one can tell: each has a slot for restores beside. */
export async function countSlots(db: Pick<Transaction, "$queryRaw">): Promise<number> {
  return (await countWorkers(db)) * (env().WORKER_CONCURRENCY - 1);
}
