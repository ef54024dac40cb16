/** A row that somebody holds, as a look at the table saw it. */
export interface HeldRow {
  /** Names the row within its table. */
  key: string;
  /** Who holds it, or which attempt: of another one, the time begins anew. */
  holder: string | number;
  /** The holder's counter of signs of life (`lease_beat`). */
  beat: bigint | number;
}

interface Watched {
  holder: string;
  beat: string;
  stillMs: number;
}

/**
 * Tells which leases have stood still, by this process's own monotonic clock: neither the database's clock nor that of another machine has a say. Told the
 * held rows of one table at each look. The time between two looks counts for half a lease at most: whoever slept between them, perhaps with every holder on
 * the same machine, gives them another look to show that they live. A row is only suspected until a conditional update that names its beat has taken it.
 */
export class StillLeases {
  readonly #leaseMs: number;
  readonly #nowMs: () => number;
  #watched = new Map<string, Watched>();
  #lookedAtMs = 0;

  /** `leaseMs`: how long a beat may stand still. `nowMs`: a monotonic clock in milliseconds. */
  constructor(leaseMs: number, nowMs: () => number = () => performance.now()) {
    this.#leaseMs = leaseMs;
    this.#nowMs = nowMs;
  }

  /** Takes all the held rows of now. Answers those whose beat has stood still for a lease; rows that are no longer among them are forgotten. */
  look<Row extends HeldRow>(rows: readonly Row[]): Row[] {
    const nowMs = this.#nowMs();
    const passedMs = Math.min(nowMs - this.#lookedAtMs, this.#leaseMs / 2);
    this.#lookedAtMs = nowMs;
    const before = this.#watched;
    this.#watched = new Map(rows.map((row) => [row.key, watch(row, before.get(row.key), passedMs)]));
    return rows.filter(({ key }) => (this.#watched.get(key)?.stillMs ?? 0) >= this.#leaseMs);
  }
}

function watch(row: HeldRow, before: Watched | undefined, passedMs: number): Watched {
  const seen = { holder: String(row.holder), beat: String(row.beat) };
  const isStill = before?.holder === seen.holder && before.beat === seen.beat;
  return { ...seen, stillMs: isStill ? before.stillMs + passedMs : 0 };
}
