import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";

/** Why work under way has to stop before its end: somebody asked for it; it belongs to somebody else by now; this worker is shutting down. */
export type WorkStop = "cancelled" | "lost" | "stopping";

/** What the signal of held work aborts with. */
export class WorkStopped extends Error {
  readonly reason: WorkStop;

  constructor(reason: WorkStop) {
    super(`The work was ${{ cancelled: "cancelled", lost: "taken over by another worker", stopping: "given back" }[reason]}.`);
    this.name = "WorkStopped";
    this.reason = reason;
  }
}

/** Work in this worker's hands. */
export interface HeldWork {
  /** Aborts with WorkStopped. */
  readonly signal: AbortSignal;
  /** Ends the renewals. The row stays as it is. */
  release(): void;
}

const LONGEST_PULSE_MS = 1000;

/**
 * Renews a row's lease by `renew`, at least once a second, until released. When it was not renewed for as long as a lease lasts, the work stops itself: by
 * then the row may have been given to somebody else.
 */
export function holdWork(renew: () => Promise<"ours" | "lost" | "cancelled">, stopping: AbortSignal): HeldWork {
  const stop = new AbortController();
  const pulseMs = Math.min(LONGEST_PULSE_MS, env().HOLDFAST_HEARTBEAT_SECONDS * 1000);
  const leaseMs = env().HOLDFAST_LEASE_SECONDS * 1000;
  const timers: { next?: NodeJS.Timeout; watchdog?: NodeJS.Timeout } = {};
  const release = () => {
    clearTimeout(timers.next);
    clearTimeout(timers.watchdog);
    stopping.removeEventListener("abort", onStopping);
  };
  const end = (reason: WorkStop) => {
    release();
    stop.abort(new WorkStopped(reason));
  };
  const onStopping = () => end("stopping");
  // The lease counts from before it was asked for, so that nobody believes in one that the database gave away.
  const watch = (askedAtMs: number) => {
    clearTimeout(timers.watchdog);
    timers.watchdog = setTimeout(() => end("lost"), leaseMs - (performance.now() - askedAtMs));
  };
  const pulse = async () => {
    const askedAtMs = performance.now();
    const answer = await renew().catch((error: unknown) => {
      log.warn({ err: error }, "Could not renew a lease; trying again");
      return null;
    });
    if (stop.signal.aborted || timers.next === undefined) return;
    if (answer === "lost" || answer === "cancelled") {
      end(answer);
      return;
    }
    if (answer === "ours") watch(askedAtMs);
    timers.next = setTimeout(() => void pulse(), pulseMs);
  };
  stopping.addEventListener("abort", onStopping, { once: true });
  timers.next = setTimeout(() => void pulse(), pulseMs);
  watch(performance.now());
  if (stopping.aborted) onStopping();
  return {
    signal: stop.signal,
    release: () => {
      release();
      delete timers.next;
    },
  };
}
