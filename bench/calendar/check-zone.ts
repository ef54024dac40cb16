import { anchorSchedule, type Occurrence, occurrencesAfter } from "#lib/schedule/due.ts";
import { type Intention, intentionsFor, minutesBetween } from "./intended.ts";
import { firstShown, type MinuteTable, readMinutes, transitionsOf } from "./minute-table.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Days around a transition that are looked at, and those that are read beside them. */
const AROUND_DAYS = 2;
const BESIDE_DAYS = 2;
/** The furthest that a clock is from UTC, rounded up. */
const FURTHEST_MS = 16 * HOUR_MS;
const ASKED_AHEAD = 3;

export interface Checked {
  transitions: number;
  /** Occurrences compared, over all schedules. */
  occurrences: number;
  /** Moments asked from. */
  questions: number;
  /** What is not as it should be, in sentences; at most the first hundred. */
  faults: string[];
}

/**
 * Compares lib/schedule around every transition of a zone with what a reading of its clock, minute by minute, says: one occurrence for each local time that is
 * meant, at its first showing or at the first moment after the jump over it, several in one jump once, and the same answer from whatever moment it is asked.
 */
export function checkZone(timeZone: string, fromMs: number, toMs: number): Checked {
  const checked: Checked = { transitions: 0, occurrences: 0, questions: 0, faults: [] };
  const transitions = transitionsOf(timeZone, fromMs, toMs);
  // A zone without any is looked at once all the same.
  for (const atMs of transitions.length === 0 ? [fromMs + 60 * DAY_MS] : transitions) {
    checked.transitions += transitions.length === 0 ? 0 : 1;
    checkAround(timeZone, atMs, checked);
  }
  return checked;
}

function checkAround(timeZone: string, atMs: number, checked: Checked): void {
  const margin = (AROUND_DAYS + BESIDE_DAYS) * DAY_MS;
  const table = readMinutes(timeZone, atMs - margin, atMs + margin);
  const around = { startMs: atMs - AROUND_DAYS * DAY_MS, endMs: atMs + AROUND_DAYS * DAY_MS };
  const paper = minutesBetween(table.readings[0] ?? "", table.readings.at(-1) ?? "");
  for (const intention of intentionsFor(timeZone, timesAround(table, atMs))) {
    const meant = paper.filter(({ time }) => intention.isMeant(time)).map(({ name }) => name);
    const expected = expectedOf(meant, table, timeZone);
    checkSequence(intention, expected, around, checked);
    for (const moment of momentsAround(atMs)) checkMoment(intention, expected, moment, around.endMs, checked);
  }
}

/** Local times on both sides of the transition, within what it skips or repeats, and away from it. */
function timesAround({ fromMs, readings }: MinuteTable, atMs: number): string[] {
  const index = (atMs - fromMs) / MINUTE_MS;
  const [before = "", after = ""] = [readings[index - 1], readings[index]];
  const shift = (reading: string, minutes: number) => new Date(Date.parse(`${reading}Z`) + minutes * MINUTE_MS).toISOString().slice(11, 16);
  const near = [
    shift(before, -29),
    shift(before, 0),
    shift(before, 1),
    shift(before, 16),
    shift(before, 31),
    shift(after, -15),
    shift(after, 0),
    shift(after, 44),
  ];
  return [...new Set([...near, "12:05"])];
}

/** What should happen: each local time that is meant at its first showing, and one for all that come to the same moment. */
function expectedOf(meant: readonly string[], table: MinuteTable, timeZone: string): Occurrence[] {
  const expected: Occurrence[] = [];
  for (const name of meant) {
    const dueMs = firstShown(table, name);
    if (dueMs === null || dueMs === expected.at(-1)?.dueAt.getTime()) continue;
    expected.push({ occurrence: `${name}[${timeZone}]`, dueAt: new Date(dueMs) });
  }
  return expected;
}

/** Every occurrence within the days around, each once, in order. */
function checkSequence(
  intention: Intention,
  expected: Occurrence[],
  { startMs, endMs }: { startMs: number; endMs: number },
  checked: Checked,
): void {
  const inside = ({ dueAt }: Occurrence) => dueAt.getTime() > startMs && dueAt.getTime() <= endMs;
  const wanted = expected.filter(inside);
  const found = occurrencesAfter(intention.schedule, new Date(startMs), wanted.length + 1).filter(inside);
  checked.occurrences += wanted.length;
  compare(intention, new Date(startMs), wanted, found, checked);
}

/** Asked from a moment, as after a pause or a restart; and after an edit, which anchors the schedule again. */
function checkMoment(intention: Intention, expected: Occurrence[], momentMs: number, endMs: number, checked: Checked): void {
  const moment = new Date(momentMs);
  const wanted = expected.filter(({ dueAt }) => dueAt > moment).slice(0, ASKED_AHEAD);
  checked.questions += 1;
  // What lies beyond the days around may lie beyond the table, too.
  const within = (list: Occurrence[]) => list.filter(({ dueAt }) => dueAt.getTime() <= endMs);
  const edited = anchorSchedule(intention.schedule, intention.schedule, moment);
  compare(intention, moment, within(wanted), within(occurrencesAfter(edited, moment, ASKED_AHEAD)), checked);
}

function momentsAround(atMs: number): number[] {
  const near = [
    -DAY_MS,
    -HOUR_MS,
    -30 * MINUTE_MS,
    -MINUTE_MS,
    -1,
    0,
    1,
    MINUTE_MS,
    15 * MINUTE_MS,
    30 * MINUTE_MS,
    HOUR_MS,
    2 * HOUR_MS,
    FURTHEST_MS,
  ];
  return near.map((offset) => atMs + offset);
}

function compare({ schedule }: Intention, asked: Date, wanted: Occurrence[], found: Occurrence[], checked: Checked): void {
  const [one, other] = [wanted, found].map((list) =>
    list.map(({ occurrence, dueAt }) => `${occurrence} at ${dueAt.toISOString()}`).join(", "),
  );
  if (one === other || checked.faults.length >= 100) return;
  checked.faults.push(`${JSON.stringify(schedule)} asked at ${asked.toISOString()}:\n  should be ${one ?? ""}\n  is        ${other ?? ""}`);
}
