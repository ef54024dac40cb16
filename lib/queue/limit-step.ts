import { ConnectorError } from "#lib/errors.ts";
import { log } from "#lib/log.ts";

/** A step of work that may hang on somebody else's server. */
export interface LimitedStep<T> {
  /** What goes on, for a sentence: "the system is captured". A function where it changes on the way. */
  what: string | (() => string);
  /** How long it may go on without progress, in milliseconds; a function where it changes on the way. */
  stillMs: number | (() => number);
  /** Another value whenever there was progress. Without it, `stillMs` is the time for all of it. */
  mark?: () => unknown;
  /** Takes what comes after nobody waited for it any more. */
  late?: (result: T) => void;
}

/** How long work that was told to stop may take to come to its own end before it is left to itself. */
const UNWIND_MS = 3000;
const LONGEST_LOOK_MS = 1000;

/** A step made no progress for as long as it may stand still. */
class StoodStillError extends ConnectorError {
  constructor(what: string, stillMs: number) {
    super("stood-still", `Nothing moved for ${durationOf(stillMs)} while ${what}, so it was stopped.`);
  }
}

/**
 * Does a step under a signal that aborts with `signal`, or with StoodStillError when nothing moved for too long. Whatever hangs in it cannot hold the caller:
 * three seconds after the signal aborted, it is left to itself. So it must change nothing after that but what a later attempt does not see.
 */
export async function limitStep<T>(step: LimitedStep<T>, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  const stop = AbortSignal.any([signal, limit.signal]);
  const end = watchProgress(step, (error) => limit.abort(error));
  try {
    return await orLeave(work(stop), stop, step);
  } catch (error) {
    signal.throwIfAborted();
    limit.signal.throwIfAborted();
    throw error;
  } finally {
    end();
  }
}

function watchProgress<T>({ what, stillMs, mark }: LimitedStep<T>, onStill: (error: StoodStillError) => void): () => void {
  const limitMs = () => (typeof stillMs === "number" ? stillMs : stillMs());
  let last = mark?.();
  let movedAtMs = performance.now();
  const look = () => {
    const present = mark?.();
    if (present !== last) movedAtMs = performance.now();
    last = present;
    if (performance.now() - movedAtMs < limitMs()) return;
    clearInterval(timer);
    onStill(new StoodStillError(typeof what === "string" ? what : what(), limitMs()));
  };
  const timer = setInterval(look, Math.min(LONGEST_LOOK_MS, limitMs() / 4));
  return () => clearInterval(timer);
}

async function orLeave<T>(work: Promise<T>, stop: AbortSignal, { late }: LimitedStep<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let isLeft = false;
  const left = new Promise<never>((_resolve, reject) => {
    const onStop = () => {
      timer = setTimeout(() => {
        isLeft = true;
        log.warn({ err: stop.reason }, "Work that was told to stop did not, and is left to itself");
        reject(stop.reason as Error);
      }, UNWIND_MS);
    };
    if (stop.aborted) onStop();
    else stop.addEventListener("abort", onStop, { once: true });
  });
  const watched = work.then((result) => {
    if (isLeft) late?.(result);
    return result;
  });
  try {
    return await Promise.race([watched, left]);
  } finally {
    clearTimeout(timer);
    // Nobody waits for what it says now.
    watched.catch(() => undefined);
    left.catch(() => undefined);
  }
}

function durationOf(ms: number): string {
  if (ms >= 7_200_000) return `${Math.round(ms / 3_600_000)} hours`;
  if (ms >= 120_000) return `${Math.round(ms / 60_000)} minutes`;
  return `${Math.round(ms / 1000)} seconds`;
}
