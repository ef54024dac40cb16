import { log } from "#lib/log.ts";

/** Least pause between rounds, so that many changes at once are one. */
const LEAST_PAUSE_MS = 50;

/** May answer in how many milliseconds it wants to be called again, where that is sooner than usual. */
export type Round = () => Promise<number | null | void>;

/** Calls `work` at once and then every `everyMs`, one round at a time. A round that fails is logged; the next one comes all the same. */
export class Ticker {
  readonly #name: string;
  readonly #everyMs: number;
  readonly #work: Round;
  readonly #pauseMs: number;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<number | null | void> | null = null;
  /** How often a round was asked for. */
  #asked = 0;
  #isSoon = false;
  #endedAtMs = 0;
  #isClosed = false;

  /** @param pauseMs least pause between rounds that are asked for: many changes come at once */
  constructor(name: string, everyMs: number, work: Round, pauseMs = LEAST_PAUSE_MS) {
    this.#name = name;
    this.#everyMs = everyMs;
    this.#work = work;
    this.#pauseMs = pauseMs;
    this.#schedule(0);
  }

  /** Does the next round at once, or right after the one under way. */
  now(): void {
    this.#asked += 1;
    if (this.#running !== null || this.#isSoon) return;
    this.#isSoon = true;
    this.#schedule(Math.max(LEAST_PAUSE_MS, this.#endedAtMs + this.#pauseMs - performance.now()));
  }

  /** Resolves once the round under way has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#tick(), delayMs);
  }

  async #tick(): Promise<void> {
    const asked = this.#asked;
    this.#isSoon = false;
    this.#running = this.#work().catch((error: unknown) => {
      log.error({ err: error }, `A round of the ${this.#name} failed; the next one comes`);
    });
    const soonMs = await this.#running;
    this.#running = null;
    this.#endedAtMs = performance.now();
    this.#schedule(this.#asked > asked ? this.#pauseMs : Math.min(this.#everyMs, Math.max(soonMs ?? Infinity, this.#pauseMs)));
  }
}
