import { type Occurrence, occurrencesAfter } from "#lib/schedule/due.ts";
import type { Schedule } from "#lib/schedule/schemas.ts";
import { DAY_MS, MINUTE_MS, wallAt } from "#lib/schedule/wall-time.ts";

export interface PreviewedRun {
  dueAt: Date;
  /** What the clock of the schedule's zone shows then, with its distance from UTC: "2026-03-29T03:00+02:00". */
  localTime: string;
  /** What a change of the clocks does to this run, in a sentence; null when it does nothing. */
  note: string | null;
}

const DAYS_AHEAD = 366;
/** Clocks that change twice within as long as this are seen as not having changed; none does. */
const LOOK_EVERY_MS = DAY_MS / 4;
/** Runs within one repeated stretch that are looked at: one is told of. */
const MOST_REPEATED = 100;

/** The next runs of a schedule, in its own zone and in UTC, with what changes of the clocks do to them. */
export function previewRuns(schedule: Schedule, now: Date, count: number): PreviewedRun[] {
  return occurrencesAfter(schedule, now, count).map((run) => previewOf(run, schedule.timeZone));
}

/** The runs within a year that a change of the clocks touches: the first of each change. */
export function runsAtClockChanges(schedule: Schedule, now: Date): PreviewedRun[] {
  const { timeZone } = schedule;
  const touched: PreviewedRun[] = [];
  for (let atMs = now.getTime(); atMs < now.getTime() + DAYS_AHEAD * DAY_MS; atMs += LOOK_EVERY_MS) {
    const backMs = aheadOfUtc(atMs, timeZone) - aheadOfUtc(atMs + LOOK_EVERY_MS, timeZone);
    if (backMs === 0) continue;
    const changeMs = changeBetween(atMs, atMs + LOOK_EVERY_MS, timeZone);
    // What is repeated was shown before the change; what is skipped runs at the change.
    const from = new Date(Math.max(now.getTime(), changeMs - Math.max(backMs, 0) - 1));
    const runs = occurrencesAfter(schedule, from, MOST_REPEATED).filter(({ dueAt }) => dueAt.getTime() <= changeMs);
    const first = runs.map((run) => previewOf(run, timeZone)).find(({ note }) => note !== null);
    if (first) touched.push(first);
  }
  return touched;
}

function previewOf({ occurrence, dueAt }: Occurrence, timeZone: string): PreviewedRun {
  const shown = new Date(wallAt(dueAt.getTime(), timeZone)).toISOString().slice(0, 16);
  const localTime = `${shown}${offsetText(aheadOfUtc(dueAt.getTime(), timeZone))}`;
  return { dueAt, localTime, note: noteOf(occurrence.slice(0, 16), shown, dueAt, timeZone) };
}

function noteOf(named: string, shown: string, dueAt: Date, timeZone: string): string | null {
  const day = dayWords(named);
  const time = named.slice(11);
  if (named !== shown) return `The clocks go forward: ${time} does not exist on ${day}, so it runs at ${shown.slice(11)}.`;
  return isRepeated(dueAt.getTime(), timeZone)
    ? `The clocks go back: ${time} comes twice on ${day}, and it runs the first time only.`
    : null;
}

/** Whether the clock shows once more what it shows now. */
function isRepeated(instantMs: number, timeZone: string): boolean {
  const backMs = aheadOfUtc(instantMs, timeZone) - aheadOfUtc(instantMs + LOOK_EVERY_MS, timeZone);
  return backMs > 0 && wallAt(instantMs + backMs, timeZone) === wallAt(instantMs, timeZone);
}

/** The first minute after a change of the clocks between two instants. */
function changeBetween(fromMs: number, toMs: number, timeZone: string): number {
  let [before, after] = [Math.floor(fromMs / MINUTE_MS), Math.ceil(toMs / MINUTE_MS)];
  const ahead = aheadOfUtc(before * MINUTE_MS, timeZone);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (aheadOfUtc(middle * MINUTE_MS, timeZone) === ahead) before = middle;
    else after = middle;
  }
  return after * MINUTE_MS;
}

function aheadOfUtc(instantMs: number, timeZone: string): number {
  return wallAt(instantMs, timeZone) - instantMs;
}

function offsetText(aheadMs: number): string {
  if (aheadMs === 0) return "Z";
  const minutes = Math.round(Math.abs(aheadMs) / MINUTE_MS);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${aheadMs < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** "29 March 2026". */
function dayWords(wall: string): string {
  const date = new Date(`${wall}:00Z`);
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }).format(date);
}
