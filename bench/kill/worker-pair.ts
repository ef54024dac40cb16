import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { compiledBefore, startWorkerProcess, type WorkerProcess } from "#e2e/servers/worker-process.ts";
import type { SeededRandom } from "#lib/archive/seeded-random.ts";
import type { FaultPoint } from "#lib/runs/fault-points.ts";

const WORKERS = 2;

/** Two real worker processes, of which each that is killed is started again, as `npm start` does. */
export class WorkerPair {
  /** Workers that SIGKILL ended. */
  kills = 0;
  /** What workers said that ended by themselves, which none should. */
  readonly surprises: string[] = [];
  readonly #environment: Record<string, string>;
  readonly #plan: string;
  readonly #running: WorkerProcess[] = [];
  readonly #lives: Promise<void>[] = [];
  #isStopping = false;

  /** `plan` is a path at which the plan of the next kill is put. */
  constructor(environment: Record<string, string>, plan: string) {
    // Each start would translate the sources anew.
    this.#environment = { NODE_COMPILE_CACHE: `${plan}-compiled`, ...compiledBefore(), ...environment, HOLDFAST_FAULT_PLAN: plan };
    this.#plan = plan;
    for (let slot = 0; slot < WORKERS; slot += 1) this.#lives.push(this.#live(slot));
    process.once("exit", this.#endNow);
  }

  /** Lets the n-th arrival at the point be the death of who arrives. */
  arm(point: FaultPoint, arrival: number): void {
    writeFileSync(`${this.#plan}.new`, `${point} ${arrival}`);
    renameSync(`${this.#plan}.new`, this.#plan);
  }

  isArmed(): boolean {
    return existsSync(this.#plan);
  }

  disarm(): void {
    rmSync(this.#plan, { force: true });
  }

  killOne(random: SeededRandom): void {
    this.#running[random.below(WORKERS)]?.child.kill("SIGKILL");
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.disarm();
    await Promise.all(this.#running.map((worker) => worker.stop()));
    await Promise.all(this.#lives);
    process.removeListener("exit", this.#endNow);
  }

  async #live(slot: number): Promise<void> {
    while (!this.#isStopping) {
      const worker = startWorkerProcess(this.#environment);
      this.#running[slot] = worker;
      const how = await worker.ended;
      if (how === "SIGKILL") this.kills += 1;
      else if (!this.#wasStopped()) this.surprises.push(`A worker ended (${how}): ${worker.output().slice(-2000)}`);
    }
  }

  /** As it is now, whatever was known before something was awaited. */
  #wasStopped(): boolean {
    return this.#isStopping;
  }

  readonly #endNow = () => {
    for (const worker of this.#running) worker.child.kill("SIGKILL");
  };
}
