const MINUTE_MS = 60_000;
const QUARTER_DAY_MS = 6 * 3_600_000;

/** What the clock on the wall of a zone shows at each minute of a stretch of time, as the runtime's own formatter reads it. */
export interface MinuteTable {
  fromMs: number;
  /** One reading a minute, "2026-11-22T01:00". */
  readings: readonly string[];
  /** When each reading is first shown. */
  firstMs: ReadonlyMap<string, number>;
}

/**
 * Reads a clock minute by minute. Deliberately knows nothing of offsets and shares no code with lib/schedule: it is what that is compared with.
 */
export function readMinutes(timeZone: string, fromMs: number, toMs: number): MinuteTable {
  const read = readerOf(timeZone);
  const readings: string[] = [];
  const firstMs = new Map<string, number>();
  for (let atMs = fromMs; atMs <= toMs; atMs += MINUTE_MS) {
    const reading = read(atMs);
    readings.push(reading);
    if (!firstMs.has(reading)) firstMs.set(reading, atMs);
  }
  return { fromMs, readings, firstMs };
}

/** The minutes at which the clock of a zone was put forward or back. Two within a quarter of a day count as none: no zone does so. */
export function transitionsOf(timeZone: string, fromMs: number, toMs: number): number[] {
  const read = readerOf(timeZone);
  const ahead = (atMs: number) => Date.parse(`${read(atMs)}Z`) - atMs;
  const found: number[] = [];
  for (let atMs = fromMs; atMs < toMs; atMs += QUARTER_DAY_MS) {
    if (ahead(atMs) === ahead(atMs + QUARTER_DAY_MS)) continue;
    let [before, after] = [atMs, atMs + QUARTER_DAY_MS];
    while (after - before > MINUTE_MS) {
      const middle = before + Math.floor((after - before) / 2 / MINUTE_MS) * MINUTE_MS;
      if (ahead(middle) === ahead(before)) before = middle;
      else after = middle;
    }
    found.push(after);
  }
  return found;
}

/** The instant at which the table first shows a reading; where it never does, that of the first reading after the jump over it. Null outside of the table. */
export function firstShown({ fromMs, readings, firstMs }: MinuteTable, wanted: string): number | null {
  const shownMs = firstMs.get(wanted);
  if (shownMs !== undefined) return shownMs;
  const after = readings.findIndex((reading, index) => index > 0 && reading > wanted && (readings[index - 1] ?? "") < wanted);
  return after < 0 ? null : fromMs + after * MINUTE_MS;
}

function readerOf(timeZone: string): (atMs: number) => string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  return (atMs) => format.format(atMs).replace(" ", "T");
}
