/** What was started and must not outlive this process: it is ended one after another, the newest first, also when a signal ends the process in the middle. */
export class Running {
  readonly #ends: (() => Promise<unknown>)[] = [];
  #isEnding = false;

  constructor() {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        this.#isEnding = true;
        void this.#end().finally(() => process.exit(1));
      });
    }
  }

  /** Takes also what is still starting. */
  async keep<Started>(starting: Started | Promise<Started>, end: (started: Started) => Promise<unknown>): Promise<Started> {
    this.#ends.push(async () => end(await starting));
    const started = await starting;
    if (this.#isEnding) await never();
    return started;
  }

  /** Does `work` and ends all that was kept meanwhile. What fails because a signal ends everything is nobody's failure. */
  async during(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#isEnding) await never();
      throw error;
    } finally {
      await this.#end();
    }
  }

  async #end(): Promise<void> {
    for (let end = this.#ends.pop(); end; end = this.#ends.pop()) {
      await end().catch((error: unknown) => console.error(String(error)));
    }
  }
}

/** The signal's own way ends the process. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}
