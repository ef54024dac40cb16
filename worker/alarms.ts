import { createDeadMan, deadManRound } from "#lib/alarms/dead-man.ts";
import { raiseOverdue } from "#lib/alarms/raise-overdue.ts";
import { watchWorker } from "#lib/alarms/watch-worker.ts";
import { whyNotWell } from "#lib/alarms/why-not-well.ts";
import { env } from "#lib/env.ts";
import { Ticker } from "#worker/ticker.ts";

/** The rounds that look for what nobody else would tell of. Apart from the dispatcher's look, so that one that hangs is told of. */
export function startAlarms(): { close(): Promise<void> } {
  const { HOLDFAST_WATCH_SECONDS, HOLDFAST_DEADMAN_SECONDS, HOLDFAST_DEADMAN_URL } = env();
  const stop = new AbortController();
  const tickers = [
    new Ticker("watch over the dispatcher", HOLDFAST_WATCH_SECONDS * 1000, async () => {
      await watchWorker();
    }),
    new Ticker("round of overdue systems", HOLDFAST_WATCH_SECONDS * 1000, () => raiseOverdue(stop.signal)),
  ];
  if (HOLDFAST_DEADMAN_URL) {
    const round = deadManRound(createDeadMan(HOLDFAST_DEADMAN_URL, whyNotWell), HOLDFAST_DEADMAN_SECONDS * 1000);
    tickers.push(new Ticker("call of the dead-man's address", HOLDFAST_WATCH_SECONDS * 1000, round));
  }
  return {
    async close() {
      stop.abort();
      await Promise.all(tickers.map((ticker) => ticker.close()));
    },
  };
}
