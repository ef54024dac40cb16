import { setTimeout as delay } from "node:timers/promises";
import { raiseOverdue } from "#lib/alarms/raise-overdue.ts";
import { newTakingFromDead } from "#lib/alarms/take-from-dead.ts";
import { tellWithoutWorker } from "#lib/alarms/tell-without-worker.ts";
import { watchWorker } from "#lib/alarms/watch-worker.ts";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";

/** Kept on globalThis, because a development server evaluates modules anew after every edit. */
const holder = globalThis as typeof globalThis & { holdfastWatch?: Promise<void> };

/** Lets this web process watch over the workers for as long as it lives, whether or not anybody has a page open. */
export function watchFromWeb(): void {
  holder.holdfastWatch ??= watchForever();
}

/**
 * One round: when the workers' side does not work, web raises the alarms and tells people itself, for nobody else does.
 * @param takeFromDead of newTakingFromDead(), the same in every round
 */
export async function webRound(signal: AbortSignal, takeFromDead: () => Promise<void>, watch = watchWorker): Promise<void> {
  await takeFromDead();
  if ((await watch()) === null) return;
  await raiseOverdue(signal);
  await tellWithoutWorker(signal);
}

async function watchForever(): Promise<void> {
  const { signal } = new AbortController();
  const takeFromDead = newTakingFromDead();
  for (;;) {
    await delay(env().HOLDFAST_WATCH_SECONDS * 1000, undefined, { ref: false });
    await webRound(signal, takeFromDead).catch((error: unknown) =>
      log.warn({ err: error }, "Web could not look after the workers; it looks again"),
    );
  }
}
