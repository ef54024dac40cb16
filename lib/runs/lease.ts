import { notifyChange } from "#lib/db/changes.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";
import type { ProgressKeeper } from "#lib/runs/progress.ts";
import { RunStopped, type StopReason } from "#lib/runs/stop-reason.ts";

/** An attempt that this worker holds. `attempt` fences it: a later one has a higher number. */
export interface HeldAttempt {
  tenantId: string;
  id: string;
  attempt: number;
  workerId: string;
}

export interface Lease {
  /** Aborts with RunStopped when the run was cancelled, belongs to another worker, or this one is shutting down. */
  readonly signal: AbortSignal;
  /** Ends the renewals. The row stays as it is. */
  release(): void;
}

/** Longest time until a cancellation is noticed and progress is written, in milliseconds. */
const LONGEST_PULSE_MS = 1000;

/**
 * Renews an attempt's lease until released, and writes its progress beside it. When renewing fails for as long as the lease lasts, the
 * attempt stops itself: by then the run may have been given to somebody else.
 */
export function holdLease(held: HeldAttempt, stopping: AbortSignal, progress: ProgressKeeper): Lease {
  return new HeldLease(held, stopping, progress);
}

class HeldLease implements Lease {
  readonly #held: HeldAttempt;
  readonly #stopping: AbortSignal;
  readonly #progress: ProgressKeeper;
  readonly #stop = new AbortController();
  readonly #leaseMs = env().HOLDFAST_LEASE_SECONDS * 1000;
  readonly #pulseMs = Math.min(LONGEST_PULSE_MS, env().HOLDFAST_HEARTBEAT_SECONDS * 1000);
  #watchdog: NodeJS.Timeout | undefined;
  #next: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(held: HeldAttempt, stopping: AbortSignal, progress: ProgressKeeper) {
    this.#held = held;
    this.#stopping = stopping;
    this.#progress = progress;
    stopping.addEventListener("abort", this.#onStopping, { once: true });
    if (stopping.aborted) this.#onStopping();
    else this.#schedule(performance.now());
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  release(): void {
    this.#isOver = true;
    clearTimeout(this.#watchdog);
    clearTimeout(this.#next);
    this.#stopping.removeEventListener("abort", this.#onStopping);
  }

  readonly #onStopping = () => this.#end("stopping");

  #end(reason: StopReason): void {
    this.release();
    this.#stop.abort(new RunStopped(reason));
  }

  /** The lease counts from before it was asked for, so that we never believe in one that the database gave away. */
  #schedule(askedAtMs: number): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#end("lost"), this.#leaseMs - (performance.now() - askedAtMs));
    this.#scheduleNext();
  }

  #scheduleNext(): void {
    this.#next = setTimeout(() => void this.#pulse(), this.#pulseMs);
  }

  async #pulse(): Promise<void> {
    const askedAtMs = performance.now();
    try {
      const answer = await renew(this.#held, this.#progress);
      if (this.#isOver) return;
      if (answer === "ours") this.#schedule(askedAtMs);
      else this.#end(answer);
    } catch (error) {
      log.warn({ err: error, runId: this.#held.id }, "Could not renew a lease; trying again");
      if (!this.#isOver) this.#scheduleNext();
    }
  }
}

async function renew(held: HeldAttempt, progress: ProgressKeeper): Promise<"ours" | "lost" | "cancelled"> {
  const change = progress.takeChange();
  const leaseSeconds = env().HOLDFAST_LEASE_SECONDS;
  return withTenant(held.tenantId, async (db) => {
    const [row] = await db.$queryRaw<{ isCancelled: boolean }[]>`
      UPDATE runs
      SET lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}::float8), progress = COALESCE(${change}::jsonb, progress)
      WHERE id = ${held.id} AND status = 'running' AND lease_owner = ${held.workerId} AND attempt = ${held.attempt}
      RETURNING cancel_requested_at IS NOT NULL AS "isCancelled"`;
    if (row && change) await notifyChange(db, { tenantId: held.tenantId, kinds: ["runs"], ids: [held.id] });
    if (!row) return "lost";
    return row.isCancelled ? "cancelled" : "ours";
  });
}
