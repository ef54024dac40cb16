import { noteLook } from "#lib/alarms/watch-worker.ts";
import { mendAfterClockWentBack } from "#lib/clock/after-clock-went-back.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { env } from "#lib/env.ts";
import { distributeKeyFiles } from "#lib/keys/distribute-key-files.ts";
import { log } from "#lib/log.ts";
import { ringBells } from "#lib/queue/enqueue.ts";
import { whenClockAgrees } from "#worker/clock-watch.ts";
import { msUntilNextDue, queueDueRuns } from "#worker/due-runs.ts";
import { queueDueVerifications } from "#worker/due-verifications.ts";
import { findRestores } from "#worker/find-restores.ts";
import { findRunBells, msUntilNextBell } from "#worker/find-run-bells.ts";
import { findUpkeep } from "#worker/find-upkeep.ts";
import { keepLedger } from "#worker/ledger.ts";
import { createReaper } from "#worker/reaper.ts";
import { sayHeldBack } from "#worker/say-held-back.ts";
import { sweep } from "#worker/sweeper.ts";
import { newTellingRound } from "#worker/tell.ts";
import { type Round, Ticker } from "#worker/ticker.ts";
import { listenForWork } from "#worker/wake-up.ts";

/** Kinds of changes that may leave something to ring for. */
const wakingKinds = ["due", "restores", "copies"];
/** Kinds of changes that may leave somebody to tell. */
const tellingKinds = ["events", "mails"];
/** The rounds that need not happen at every look; in looks. */
const SWEEP_EVERY = 12;
/** Runs may end by the hundred in a second; what was rung for ahead lasts for longer than this. */
const BELLS_PAUSE_MS = 200;
/** Each run's end is an event; a night full of them is told of together. */
const TELLING_PAUSE_MS = 1000;

/**
 * Looks what is to be done, every HOLDFAST_DISPATCH_SECONDS and at once when something changed: plans runs, queues due ones, rings for everything that
 * waits, takes work from dead workers, sweeps. Every worker has one; rows decide, so that more than one does no harm.
 */
export function startDispatcher(): { close(): Promise<void> } {
  const stop = new AbortController();
  const rounds = startRounds(stop.signal);
  const listener = listenForWork(({ kinds }) => {
    if (kinds.some((kind) => wakingKinds.includes(kind))) rounds.ring.now();
    if (kinds.includes("policies")) rounds.ledger.now();
    if (kinds.includes("keyFiles")) rounds.keyFiles.now();
    if (kinds.some((kind) => tellingKinds.includes(kind))) rounds.telling.now();
  });
  return {
    async close() {
      stop.abort();
      await Promise.all([listener.close(), ...Object.values(rounds).map((round) => round.close())]);
    },
  };
}

/** Each at its own pace: what takes long must not hold the others up. */
function startRounds(signal: AbortSignal) {
  const everyMs = env().HOLDFAST_DISPATCH_SECONDS * 1000;
  const seldomMs = everyMs * SWEEP_EVERY;
  const reap = createReaper();
  const round = (name: string, work: Round, ms = everyMs, pauseMs?: number) => new Ticker(name, ms, whenClockAgrees(work), pauseMs);
  const ring = round("round of bells", ringForAll, everyMs, BELLS_PAUSE_MS);
  const look = round("dispatcher", async () => {
    await reap();
    await queueDueRuns();
    ring.now();
    await acrossTenants("scheduler", sayHeldBack);
    await mendAfterClockWentBack();
    await noteLook();
    return acrossTenants("scheduler", msUntilNextDue);
  });
  log.debug({ everyMs }, "The dispatcher looks for work");
  return {
    ring,
    look,
    ledger: round("ledger", keepLedger),
    verifications: round("round of verifications", queueDueVerifications),
    sweeper: round("sweeper", () => sweep(signal), seldomMs),
    keyFiles: round("round of key files", () => distributeKeyFiles(signal), seldomMs),
    telling: round("round of what is told", newTellingRound(), everyMs, TELLING_PAUSE_MS),
  };
}

/** Answers when the next run that waits for its time may begin. */
async function ringForAll(): Promise<number | null> {
  const { bells, nextMs } = await acrossTenants("scheduler", async (db) => ({
    bells: [...(await findRestores(db)), ...(await findRunBells(db)), ...(await findUpkeep(db))],
    nextMs: await msUntilNextBell(db),
  }));
  await ringBells(bells);
  return nextMs;
}
