/** What is seen of the worker's side from wherever one looks. */
export interface Watch {
  /** The database's clock. */
  now: Date;
  /** How long whoever looks has been looking: right after a start, nobody else has had the time to. */
  watchedMs: number;
  /** When a dispatcher last came to the end of a look; before the first, when the installation was made. */
  lastLookAt: Date;
  /** Runs that were due and have not begun although the time in which they may begin is over, of each tenant that has some. */
  lateRuns: LateRuns[];
  /** Workers that live, and whose clock is not the database's: they take no work. */
  wrongClocks: WrongClock[];
}

export interface LateRuns {
  tenantId: string;
  count: number;
  oldestDueAt: Date;
  /** Since when the first of them is late. */
  lateSince: Date;
}

export interface WrongClock {
  workerId: string;
  /** By how many milliseconds it is ahead; less than nothing when it is behind. */
  aheadMs: number;
}

export interface WatchLimits {
  /** How long nobody may have looked for due runs. */
  longestPauseMs: number;
}

/** Why no backups are made, and what to do about it. "missing": nobody looks for due runs. "late": somebody does, but they are not begun. */
export interface WorkerTrouble {
  kind: "missing" | "late";
  since: Date;
  message: string;
}

/** What is wrong with the worker's side; null when nothing is. A look in the future counts for none: the clock was put back since. */
export function judgeWatch(watch: Watch, { longestPauseMs }: WatchLimits): WorkerTrouble | null {
  const { now, watchedMs, lastLookAt, lateRuns, wrongClocks } = watch;
  if (watchedMs <= longestPauseMs) return null;
  if (Math.abs(now.getTime() - lastLookAt.getTime()) > longestPauseMs) {
    const mend =
      wrongClocks.length > 0
        ? wrongClocks.map(clockWords).join(" ")
        : "See that the worker runs (npm start, or HOLDFAST_ROLE=worker on its machine), and look into its log.";
    const message = `Holdfast’s worker has not looked for due runs since ${utc(lastLookAt)}; backups are not being made. ${mend}`;
    return { kind: "missing", since: lastLookAt, message };
  }
  return judgeLate(lateRuns);
}

/** The trouble with these late runs: of one tenant's alone, for its own eyes. Null when there are none. */
export function judgeLate(lateRuns: readonly LateRuns[]): WorkerTrouble | null {
  const [oldest] = lateRuns.map(({ oldestDueAt }) => oldestDueAt).toSorted((one, other) => one.getTime() - other.getTime());
  if (!oldest) return null;
  const count = lateRuns.reduce((sum, late) => sum + late.count, 0);
  const which = count === 1 ? "A due run has" : `${count} due runs have`;
  const message = `${which} not begun although the time window is over; the oldest was due at ${utc(oldest)}. Look into the worker’s log, and whether the queue answers; with very many runs at one time, start one more worker.`;
  return { kind: "late", since: oldest, message };
}

/** "The clock of the worker wrk_… is 12 s ahead of the database's, so it takes no work. …" */
export function clockWords({ workerId, aheadMs }: WrongClock): string {
  const seconds = (Math.abs(aheadMs) / 1000).toLocaleString("en-GB", { maximumFractionDigits: 0 });
  const way = aheadMs > 0 ? "ahead of" : "behind";
  return `The clock of the worker ${workerId} is ${seconds} s ${way} the database’s, so it takes no work. Set both by a time server; then it goes on by itself.`;
}

function utc(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
