import { acrossTenants } from "#lib/db/across-tenants.ts";
import type { Transaction } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";
import { distributeKeyFiles } from "#lib/keys/distribute-key-files.ts";
import { log } from "#lib/log.ts";
import { type Bell, ringBells } from "#lib/queue/enqueue.ts";
import { queueDueRuns } from "#worker/due-runs.ts";
import { queueDueVerifications } from "#worker/due-verifications.ts";
import { findUpkeep } from "#worker/find-upkeep.ts";
import { keepLedger } from "#worker/ledger.ts";
import { createReaper } from "#worker/reaper.ts";
import { sweep } from "#worker/sweeper.ts";
import { newTellingRound } from "#worker/tell.ts";
import { Ticker } from "#worker/ticker.ts";
import { listenForWork } from "#worker/wake-up.ts";

/** Kinds of changes that may leave something to ring for. */
const wakingKinds = ["due", "restores", "policies", "copies"];
/** Kinds of changes that may leave somebody to tell. */
const tellingKinds = ["events", "mails"];
/** The rounds that need not happen at every look; in looks. */
const LEDGER_EVERY = 6;
const SWEEP_EVERY = 12;
const MOST_BELLS = 500;

/**
 * Looks what is to be done, every HOLDFAST_DISPATCH_SECONDS and at once when something changed: plans runs, queues due ones, rings for everything that
 * waits, takes work from dead workers, sweeps. Every worker has one; rows decide, so that more than one does no harm.
 */
export function startDispatcher(): { close(): Promise<void> } {
  const stop = new AbortController();
  const everyMs = env().HOLDFAST_DISPATCH_SECONDS * 1000;
  const changedTenants = new Set<string>();
  const reap = createReaper();
  const look = new Ticker("dispatcher", everyMs, async (round) => {
    const tenants = [...changedTenants];
    changedTenants.clear();
    if (round % LEDGER_EVERY === 0) await keepLedger();
    else for (const tenantId of tenants) await keepLedger(tenantId);
    await reap();
    await queueDueRuns();
    await ringBells([...(await acrossTenants("scheduler", findWaiting)), ...(await acrossTenants("scheduler", findUpkeep))]);
  });
  // Neither looking through many backups nor removing objects, which may take long, must hold the dispatcher up.
  const verifications = new Ticker("round of verifications", everyMs, queueDueVerifications);
  const sweeper = new Ticker("sweeper", everyMs * SWEEP_EVERY, () => sweep(stop.signal));
  const keyFiles = new Ticker("round of key files", everyMs * SWEEP_EVERY, () => distributeKeyFiles(stop.signal));
  const telling = new Ticker("round of what is told", everyMs, newTellingRound());
  const listener = listenForWork(({ tenantId, kinds }) => {
    if (kinds.includes("policies")) changedTenants.add(tenantId);
    if (kinds.some((kind) => wakingKinds.includes(kind))) look.now();
    if (kinds.includes("keyFiles")) keyFiles.now();
    if (kinds.some((kind) => tellingKinds.includes(kind))) telling.now();
  });
  log.debug({ everyMs }, "The dispatcher looks for work");
  return {
    async close() {
      stop.abort();
      await Promise.all([listener.close(), look.close(), verifications.close(), sweeper.close(), keyFiles.close(), telling.close()]);
    },
  };
}

/** Everything that waits for a worker: runs whose time has come, and restores that nobody holds. */
async function findWaiting(db: Transaction): Promise<Bell[]> {
  const runs = await db.$queryRaw<{ tenantId: string; id: string; attempt: number }[]>`
    SELECT tenant_id AS "tenantId", id, attempt FROM runs
    WHERE status = 'queued' AND COALESCE(queued_at, '-infinity') <= clock_timestamp()
    ORDER BY queued_at LIMIT ${MOST_BELLS}`;
  const restores = await db.$queryRaw<{ tenantId: string; id: string; attempt: number; status: string }[]>`
    SELECT tenant_id AS "tenantId", id, attempt, status FROM restores
    WHERE status IN ('planning', 'approved') AND lease_owner IS NULL AND waits_until > clock_timestamp()
    ORDER BY created_at LIMIT ${MOST_BELLS}`;
  return [
    ...restores.map(({ tenantId, id, attempt, status }) => ({
      name: status === "planning" ? ("restore.plan" as const) : ("restore.execute" as const),
      payload: { tenantId, restoreId: id },
      rowId: `${id}-${status}`,
      attempt: attempt + 1,
    })),
    ...runs.map(({ tenantId, id, attempt }) => ({
      name: "run" as const,
      payload: { tenantId, runId: id },
      rowId: id,
      attempt: attempt + 1,
    })),
  ];
}
