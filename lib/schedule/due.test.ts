import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { DateTime } from "luxon";
import { anchorSchedule, occurrencesAfter } from "#lib/schedule/due.ts";
import type { Schedule } from "#lib/schedule/schemas.ts";

const ZONES = [
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "America/Sao_Paulo",
  "Africa/Cairo",
  "Asia/Kathmandu",
  "Pacific/Apia",
  "UTC",
];

function due(schedule: Schedule, after: string, count: number): string[] {
  return occurrencesAfter(schedule, new Date(after), count).map(
    ({ occurrence, dueAt }) => `${occurrence} ${dueAt.toISOString().slice(0, 16)}`,
  );
}

describe("a time that the clock skips runs at the first moment after the jump", () => {
  it.each([
    ["Europe/Berlin", "02:30", "2026-03-28T12:00:00Z", "2026-03-29T02:30[Europe/Berlin] 2026-03-29T01:00"],
    ["America/New_York", "02:00", "2026-03-07T12:00:00Z", "2026-03-08T02:00[America/New_York] 2026-03-08T07:00"],
    ["Australia/Lord_Howe", "02:15", "2026-10-03T00:00:00Z", "2026-10-04T02:15[Australia/Lord_Howe] 2026-10-03T15:30"],
    ["America/Sao_Paulo", "00:30", "2018-11-03T12:00:00Z", "2018-11-04T00:30[America/Sao_Paulo] 2018-11-04T03:00"],
    ["Africa/Cairo", "00:30", "2026-04-23T12:00:00Z", "2026-04-24T00:30[Africa/Cairo] 2026-04-23T22:00"],
    ["Pacific/Apia", "01:00", "2011-12-30T00:00:00Z", "2011-12-30T01:00[Pacific/Apia] 2011-12-30T10:00"],
  ])("%s at %s", (timeZone, at, after, expected) => {
    expect(due({ kind: "daily", at, timeZone }, after, 1)).toEqual([expected]);
  });

  it("and several in one jump run once", () => {
    const quarters: Schedule = { kind: "cron", expression: "*/15 * * * *", timeZone: "Europe/Berlin" };
    expect(due(quarters, "2026-03-29T00:40:00Z", 3)).toEqual([
      "2026-03-29T01:45[Europe/Berlin] 2026-03-29T00:45",
      "2026-03-29T02:00[Europe/Berlin] 2026-03-29T01:00",
      "2026-03-29T03:15[Europe/Berlin] 2026-03-29T01:15",
    ]);
  });
});

describe("a time that the clock shows twice runs the first time only", () => {
  it.each([
    ["Europe/Berlin", "02:30", "2026-10-24T12:00:00Z", "2026-10-25T00:30", "2026-10-26T01:30"],
    ["America/New_York", "01:30", "2026-10-31T12:00:00Z", "2026-11-01T05:30", "2026-11-02T06:30"],
    ["Australia/Lord_Howe", "01:45", "2026-04-04T00:00:00Z", "2026-04-04T14:45", "2026-04-05T15:15"],
    ["America/Sao_Paulo", "23:30", "2018-02-17T12:00:00Z", "2018-02-18T01:30", "2018-02-19T02:30"],
  ])("%s at %s", (timeZone, at, after, first, second) => {
    const runs = occurrencesAfter({ kind: "daily", at, timeZone }, new Date(after), 2);
    expect(runs.map(({ dueAt }) => dueAt.toISOString().slice(0, 16))).toEqual([first, second]);
  });
});

describe("other shapes", () => {
  it("keeps to an offset of 45 minutes", () => {
    expect(due({ kind: "daily", at: "01:00", timeZone: "Asia/Kathmandu" }, "2026-06-01T00:00:00Z", 1)).toEqual([
      "2026-06-02T01:00[Asia/Kathmandu] 2026-06-01T19:15",
    ]);
  });

  it("counts an interval from its anchor, whatever the moment asked about", () => {
    const schedule: Schedule = { kind: "interval", everyDays: 3, at: ["13:00", "01:00"], timeZone: "UTC", anchorDate: "2026-01-30" };
    expect(due(schedule, "2026-01-01T00:00:00Z", 3)).toEqual([
      "2026-01-30T01:00[UTC] 2026-01-30T01:00",
      "2026-01-30T13:00[UTC] 2026-01-30T13:00",
      "2026-02-02T01:00[UTC] 2026-02-02T01:00",
    ]);
    expect(due(schedule, "2026-02-02T01:00:00Z", 1)).toEqual(["2026-02-02T13:00[UTC] 2026-02-02T13:00"]);
  });

  it("reads cron in the schedule's own zone", () => {
    expect(due({ kind: "cron", expression: "30 6 * * MON-FRI", timeZone: "America/New_York" }, "2026-07-03T12:00:00Z", 2)).toEqual([
      "2026-07-06T06:30[America/New_York] 2026-07-06T10:30",
      "2026-07-07T06:30[America/New_York] 2026-07-07T10:30",
    ]);
  });

  it("answers nothing when asked for none", () => {
    expect(occurrencesAfter({ kind: "daily", at: "01:00", timeZone: "UTC" }, new Date(0), 0)).toEqual([]);
  });
});

describe("anchorSchedule", () => {
  const input = { kind: "interval", everyDays: 2, at: ["01:00"], timeZone: "Europe/Berlin" } as const;
  const now = new Date("2026-05-10T12:00:00Z");

  it("starts with the first run that is possible", () => {
    expect(anchorSchedule({ ...input, at: ["01:00"] }, null, now)).toMatchObject({ anchorDate: "2026-05-11" });
    expect(anchorSchedule({ ...input, at: ["01:00", "20:00"] }, null, now)).toMatchObject({ anchorDate: "2026-05-10" });
  });

  it("stays where it was when the interval is edited, unless told otherwise", () => {
    const previous: Schedule = { ...input, at: ["01:00"], anchorDate: "2026-01-01" };
    expect(anchorSchedule({ ...input, everyDays: 5, at: ["03:00"] }, previous, now)).toMatchObject({
      everyDays: 5,
      anchorDate: "2026-01-01",
    });
    expect(anchorSchedule({ ...input, at: ["01:00"], anchorDate: "2026-06-01" }, previous, now)).toMatchObject({
      anchorDate: "2026-06-01",
    });
  });

  it("leaves other kinds as they are", () => {
    expect(anchorSchedule({ kind: "daily", at: "01:00", timeZone: "UTC" }, null, now)).toEqual({
      kind: "daily",
      at: "01:00",
      timeZone: "UTC",
    });
  });
});

describe("for any schedule, zone and moment", () => {
  const twoDigits = (max: number) => fc.integer({ min: 0, max }).map((value) => String(value).padStart(2, "0"));
  const time = fc.tuple(twoDigits(23), twoDigits(59)).map(([hour, minute]) => `${hour}:${minute}`);
  const times = fc.uniqueArray(time, { minLength: 1, maxLength: 4 });
  const timeZone = fc.constantFrom(...ZONES);
  const schedule: fc.Arbitrary<Schedule> = fc.oneof(
    fc.record({ kind: fc.constant("daily" as const), at: time, timeZone }),
    fc.record({ kind: fc.constant("hours" as const), at: times, timeZone }),
    fc.record({
      kind: fc.constant("interval" as const),
      everyDays: fc.integer({ min: 1, max: 40 }),
      at: times,
      timeZone,
      anchorDate: fc.constantFrom("1999-12-31", "2011-12-30", "2024-02-29"),
    }),
    fc.record({ kind: fc.constant("cron" as const), expression: fc.constantFrom("*/10 0-3 * * *", "30 2 * * 0", "0 0 L * *"), timeZone }),
  );
  const after = fc.date({ min: new Date("1995-01-01"), max: new Date("2036-01-01"), noInvalidDate: true });

  it("runs strictly later and later, and each at its own local time or at the first moment after a jump", () => {
    fc.assert(
      fc.property(schedule, after, (asked, moment) => {
        let last = moment;
        for (const { occurrence, dueAt } of occurrencesAfter(asked, moment, 12)) {
          expect(dueAt.getTime()).toBeGreaterThan(last.getTime());
          last = dueAt;
          expectAtItsTime(occurrence.slice(0, 16), dueAt, asked.timeZone);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("says the same from wherever it is asked", () => {
    fc.assert(
      fc.property(schedule, after, (asked, moment) => {
        const [first, ...rest] = occurrencesAfter(asked, moment, 5);
        expect(first).toBeDefined();
        expect(occurrencesAfter(asked, first?.dueAt ?? moment, 4)).toEqual(rest);
        const justBefore = new Date((first?.dueAt.getTime() ?? 0) - 1);
        expect(occurrencesAfter(asked, justBefore, 1)).toEqual([first]);
      }),
      { numRuns: 300 },
    );
  });

  function expectAtItsTime(named: string, dueAt: Date, zone: string): void {
    const shown = DateTime.fromJSDate(dueAt, { zone });
    if (shown.toFormat("yyyy-MM-dd'T'HH:mm") === named) {
      expect(shown.getPossibleOffsets()[0]?.toMillis()).toBe(dueAt.getTime());
      return;
    }
    // It was skipped: one millisecond before, the clock had not yet come to it; now it has passed it.
    expect(shown.toFormat("yyyy-MM-dd'T'HH:mm") > named).toBe(true);
    expect(shown.minus(1).toFormat("yyyy-MM-dd'T'HH:mm") < named).toBe(true);
  }
});
