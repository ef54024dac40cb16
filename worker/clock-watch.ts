import { agrees, type ComparedClock, compareClocks } from "#lib/clock/worker-clock.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";
import type { JobWorker } from "#lib/queue/backend.ts";
import { type Round, Ticker } from "#worker/ticker.ts";

/** Whatever the database's column can hold. */
const MOST_AHEAD_MS = 2 ** 31 - 1;

let isRight = true;

/** Whether this worker's clock is near enough to the database's: it takes no work, and rings for none, while it is not. */
export function clockAgrees(): boolean {
  return isRight;
}

/** A round that is left out while this worker's clock is wrong. */
export function whenClockAgrees(work: Round): Round {
  return () => (isRight ? work() : Promise.resolve(null));
}

/** Compares the clocks before a worker takes its first work. */
export async function lookAtClock(workerId: string): Promise<void> {
  const toleranceMs = env().HOLDFAST_CLOCK_TOLERANCE_SECONDS * 1000;
  // A machine that was suspended in the middle of the question answers better the second time.
  let compared = await compareClocks();
  if (!agrees(compared, toleranceMs)) compared = await compareClocks();
  await acrossTenants("scheduler", async (db) => {
    const aheadMs = Math.max(-MOST_AHEAD_MS, Math.min(MOST_AHEAD_MS, compared.aheadMs));
    await db.$executeRaw`UPDATE workers SET clock_ahead_ms = ${aheadMs}::int WHERE id = ${workerId}`;
  });
  say(workerId, compared, agrees(compared, toleranceMs));
}

/** Goes on comparing, as often as the worker says that it lives, and stops and starts these queues accordingly. */
export function watchClock(workerId: string, queues: readonly JobWorker[]): { close(): Promise<void> } {
  let isPaused = false;
  return new Ticker("comparison of clocks", env().HOLDFAST_HEARTBEAT_SECONDS * 1000, async () => {
    await lookAtClock(workerId);
    if (isRight === !isPaused) return;
    isPaused = !isRight;
    for (const queue of queues) {
      if (isPaused) await queue.pause();
      else await queue.resume();
    }
  });
}

function say(workerId: string, { aheadMs }: ComparedClock, isRightNow: boolean): void {
  if (isRightNow && !isRight) log.info({ workerId, aheadMs }, "The worker's clock agrees with the database's again: it goes on");
  if (!isRightNow && isRight)
    log.error(
      { workerId, aheadMs },
      "The worker's clock is not the database's: it takes no work until they agree. Set both by a time server",
    );
  isRight = isRightNow;
}
