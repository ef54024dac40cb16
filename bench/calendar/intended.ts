import type { Schedule } from "#lib/schedule/schemas.ts";

/** A local time as a calendar on paper has it. */
export interface PaperTime {
  month: number;
  day: number;
  /** 0 is Sunday. */
  weekday: number;
  hour: number;
  minute: number;
  /** Whether the next day is in another month. */
  isLastOfMonth: boolean;
  /** Days since 1970-01-01. */
  dayNumber: number;
}

/** A schedule, and the same said once more by hand. */
export interface Intention {
  schedule: Schedule;
  isMeant: (time: PaperTime) => boolean;
}

const DAY_MS = 86_400_000;

/** Schedules of every kind for a zone; `times` are local times of a day ("02:30") that matter there. */
export function intentionsFor(timeZone: string, times: readonly string[]): Intention[] {
  const at = (time: PaperTime) => `${two(time.hour)}:${two(time.minute)}`;
  const [first = "01:00"] = times;
  const anchorDay = Date.UTC(2019, 11, 31) / DAY_MS;
  const daily = times.map((time): Intention => ({
    schedule: { kind: "daily", at: time, timeZone },
    isMeant: (paper) => at(paper) === time,
  }));
  const interval = [1, 2, 3].map((everyDays): Intention => ({
    schedule: { kind: "interval", everyDays, at: [first, "23:45"], timeZone, anchorDate: "2019-12-31" },
    isMeant: (paper) =>
      (paper.dayNumber - anchorDay) % everyDays === 0 && paper.dayNumber >= anchorDay && [first, "23:45"].includes(at(paper)),
  }));
  return [
    ...daily,
    { schedule: { kind: "hours", at: [...times].reverse(), timeZone }, isMeant: (paper) => times.includes(at(paper)) },
    ...interval,
    ...crons.map(([expression, isMeant]): Intention => ({ schedule: { kind: "cron", expression, timeZone }, isMeant })),
  ];
}

const crons: readonly [string, (time: PaperTime) => boolean][] = [
  ["*/15 * * * *", ({ minute }) => minute % 15 === 0],
  ["7 * * * *", ({ minute }) => minute === 7],
  ["30 0-3 * * *", ({ hour, minute }) => minute === 30 && hour <= 3],
  ["0 2 * * SUN", ({ hour, minute, weekday }) => hour === 2 && minute === 0 && weekday === 0],
  ["15 1,23 * * 1-5", ({ hour, minute, weekday }) => minute === 15 && (hour === 1 || hour === 23) && weekday >= 1 && weekday <= 5],
  ["0 0 L * *", ({ hour, minute, isLastOfMonth }) => hour === 0 && minute === 0 && isLastOfMonth],
  [
    "0 3 1,15,28-31 3,10 *",
    ({ hour, minute, day, month }) => hour === 3 && minute === 0 && (day === 1 || day === 15 || day >= 28) && (month === 3 || month === 10),
  ],
  ["45 2 13 * 5", ({ hour, minute, day, weekday }) => hour === 2 && minute === 45 && (day === 13 || weekday === 5)],
];

/** Every minute from one local time to another ("2026-11-22T01:00"), as paper has it: whether or not the clock shows it. */
export function minutesBetween(from: string, to: string): { name: string; time: PaperTime }[] {
  const endMs = Date.parse(`${to}Z`);
  const minutes: { name: string; time: PaperTime }[] = [];
  for (let wallMs = Date.parse(`${from}Z`); wallMs <= endMs; wallMs += 60_000) {
    const date = new Date(wallMs);
    const time = {
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      weekday: date.getUTCDay(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      isLastOfMonth: new Date(wallMs + DAY_MS).getUTCDate() === 1,
      dayNumber: Math.floor(wallMs / DAY_MS),
    };
    minutes.push({ name: date.toISOString().slice(0, 16), time });
  }
  return minutes;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
