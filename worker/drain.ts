import { setMaxListeners } from "node:events";
import { env } from "#lib/env.ts";
import { log } from "#lib/log.ts";

/** How long giving back may take; a queue or database that is away must not keep a worker from ending. Leases expire by themselves. */
const LONGEST_END_MS = 10_000;

/**
 * How a worker ends that was told to. What is under way may end by itself for HOLDFAST_DRAIN_SECONDS, or until the worker is told a second time; then it is
 * given back, for another attempt. A restore that changes its target would leave it half changed: it has HOLDFAST_RESTORE_DRAIN_SECONDS.
 */
export class Drain {
  readonly #stopping = new AbortController();
  readonly #ending = new AbortController();
  #restores = 0;
  #exit: NodeJS.Timeout | undefined;

  constructor() {
    // Every run under way listens to it.
    setMaxListeners(0, this.#stopping.signal);
  }

  /** Aborts when work has to be given back. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Aborts when not even a restore may go on. */
  get lastSignal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Does a job, for whose end the worker waits if it is a restore's. */
  async carryOut(jobName: string, work: () => Promise<void>): Promise<void> {
    if (jobName !== "restore.execute") return work();
    this.#restores += 1;
    try {
      await work();
    } finally {
      this.#restores -= 1;
      this.#exitInTime();
    }
  }

  /** The worker was told to end. */
  begin(toldAgain: Promise<void>): void {
    const { HOLDFAST_DRAIN_SECONDS: drain, HOLDFAST_RESTORE_DRAIN_SECONDS: restoreDrain } = env();
    setTimeout(() => this.#stop(), drain * 1000);
    setTimeout(() => this.#end(), Math.max(drain, restoreDrain) * 1000);
    void toldAgain.then(() => this.#stop());
  }

  #stop(): void {
    this.#stopping.abort();
    if (this.#restores > 0) log.info("The worker waits for a restore to end: stopped halfway, it would leave its target broken");
    this.#exitInTime();
  }

  #end(): void {
    this.#ending.abort();
    this.#exitInTime();
  }

  #exitInTime(): void {
    const mayExit = this.#stopping.signal.aborted && (this.#restores === 0 || this.#ending.signal.aborted);
    if (mayExit) this.#exit ??= setTimeout(() => process.exit(1), LONGEST_END_MS).unref();
  }
}
