import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";

/** Why work under way has to stop before its end: somebody asked for it; it belongs to somebody else by now; this worker is shutting down. */
export type WorkStop = "cancelled" | "lost" | "stopping";

/** What the signal of held work aborts with. */
export class WorkStopped extends Error {
  readonly reason: WorkStop;

  constructor(reason: WorkStop) {
    super(sentences[reason]);
    this.name = "WorkStopped";
    this.reason = reason;
  }
}

const sentences: Record<WorkStop, string> = {
  cancelled: "It was cancelled.",
  lost: "The worker could not renew its lease, so it belongs to another one by now.",
  stopping: "The worker was shut down.",
};

/** Work in this worker's hands. */
export interface HeldWork {
  /** Aborts with WorkStopped. */
  readonly signal: AbortSignal;
  /** From now on the work stops with this signal in place of the one that it was begun with. Has no effect on work that was stopped already. */
  outlast(stopping: AbortSignal): void;
  /** Ends the renewals. The row stays as it is. */
  release(): void;
}

const LONGEST_PULSE_MS = 1000;
/** The share of a lease after which a holder without a renewal stops itself: well before a reaper, whose clock may run differently, takes the row. */
const OWN_SHARE = 0.75;

/**
 * Renews a row's lease by `renew`, which raises its `lease_beat`, at least once a second until released. When that has not succeeded for three quarters of a
 * lease by this process's monotonic clock, the work stops itself: soon the row may be given to somebody else. A machine that was suspended does not notice
 * how long; the first renewal after it does, and so does the transaction that ends the work, because both name the holder and the attempt.
 */
export function holdWork(renew: () => Promise<"ours" | "lost" | "cancelled">, stopping: AbortSignal): HeldWork {
  return new Holding(renew, stopping);
}

class Holding implements HeldWork {
  readonly #renew: () => Promise<"ours" | "lost" | "cancelled">;
  #stopping: AbortSignal;
  readonly #stop = new AbortController();
  readonly #ownMs = env().HOLDFAST_LEASE_SECONDS * 1000 * OWN_SHARE;
  readonly #pulseMs = Math.min(LONGEST_PULSE_MS, env().HOLDFAST_HEARTBEAT_SECONDS * 1000);
  #watchdog: NodeJS.Timeout | undefined;
  #next: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(renew: () => Promise<"ours" | "lost" | "cancelled">, stopping: AbortSignal) {
    this.#renew = renew;
    this.#stopping = stopping;
    this.#listen();
    if (!this.#isOver) this.#renewed(performance.now());
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  outlast(stopping: AbortSignal): void {
    this.#stopping.removeEventListener("abort", this.#onStopping);
    this.#stopping = stopping;
    if (!this.#isOver) this.#listen();
  }

  release(): void {
    this.#isOver = true;
    clearTimeout(this.#watchdog);
    clearTimeout(this.#next);
    this.#stopping.removeEventListener("abort", this.#onStopping);
  }

  #listen(): void {
    this.#stopping.addEventListener("abort", this.#onStopping, { once: true });
    if (this.#stopping.aborted) this.#onStopping();
  }

  /** Work for the sake of other work, such as a safety backup, is cancelled together with it. */
  readonly #onStopping = () => {
    const reason: unknown = this.#stopping.reason;
    this.#end(reason instanceof WorkStopped && reason.reason === "cancelled" ? "cancelled" : "stopping");
  };

  #end(reason: WorkStop): void {
    this.release();
    this.#stop.abort(new WorkStopped(reason));
  }

  /** The lease counts from before it was asked for, so that nobody believes in one that the database gave away. */
  #renewed(askedAtMs: number): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#end("lost"), this.#ownMs - (performance.now() - askedAtMs));
    this.#scheduleNext();
  }

  #scheduleNext(): void {
    this.#next = setTimeout(() => void this.#pulse(), this.#pulseMs);
  }

  async #pulse(): Promise<void> {
    const askedAtMs = performance.now();
    try {
      const answer = await this.#renew();
      if (this.#isOver) return;
      if (answer === "ours") this.#renewed(askedAtMs);
      else this.#end(answer);
    } catch (error) {
      log.warn({ err: error }, "Could not renew a lease; trying again");
      if (!this.#isOver) this.#scheduleNext();
    }
  }
}
