import type { RunProgress, RunStep } from "#lib/runs/schemas.ts";
import { runSteps } from "#lib/runs/schemas.ts";

/** How far an attempt got. Kept in memory; the lease's pulse writes it down about once a second. */
export class ProgressKeeper {
  step: RunStep = "prepare";
  bytes = 0;
  entries = 0;
  #totalBytes: number | null = null;
  #written = "";

  /** Begins a step whose end is at `totalBytes`, where that is known. */
  enter(step: RunStep, totalBytes: number | null = null): void {
    this.step = step;
    this.bytes = 0;
    this.#totalBytes = totalBytes;
  }

  snapshot(): RunProgress {
    const { step, bytes, entries } = this;
    const percent = this.#totalBytes ? Math.min(100, Math.floor((100 * bytes) / this.#totalBytes)) : undefined;
    return { step, steps: [...runSteps], bytes, entries, ...(percent === undefined ? {} : { percent }) };
  }

  /** The snapshot as JSON when it differs from the one taken last. */
  takeChange(): string | null {
    const text = JSON.stringify(this.snapshot());
    if (text === this.#written) return null;
    this.#written = text;
    return text;
  }
}
