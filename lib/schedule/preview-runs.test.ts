import { describe, expect, it } from "vitest";
import { previewRuns, runsAtClockChanges } from "#lib/schedule/preview-runs.ts";
import type { Schedule } from "#lib/schedule/schemas.ts";

const daily = (at: string, timeZone: string): Schedule => ({ kind: "daily", at, timeZone });
const shown = (runs: ReturnType<typeof previewRuns>) => runs.map(({ dueAt, ...run }) => ({ ...run, dueAt: dueAt.toISOString() }));

describe("previewRuns", () => {
  it("tells each run in the schedule's zone and in UTC, and what a change of the clocks does to it", () => {
    expect(shown(previewRuns(daily("02:30", "Europe/Berlin"), new Date("2026-03-28T00:00:00Z"), 3))).toEqual([
      { localTime: "2026-03-28T02:30+01:00", dueAt: "2026-03-28T01:30:00.000Z", note: null },
      {
        localTime: "2026-03-29T03:00+02:00",
        dueAt: "2026-03-29T01:00:00.000Z",
        note: "The clocks go forward: 02:30 does not exist on 29 March 2026, so it runs at 03:00.",
      },
      { localTime: "2026-03-30T02:30+02:00", dueAt: "2026-03-30T00:30:00.000Z", note: null },
    ]);
    expect(shown(previewRuns(daily("01:30", "America/St_Johns"), new Date("2026-11-01T00:00:00Z"), 2))).toEqual([
      {
        localTime: "2026-11-01T01:30-02:30",
        dueAt: "2026-11-01T04:00:00.000Z",
        note: "The clocks go back: 01:30 comes twice on 1 November 2026, and it runs the first time only.",
      },
      { localTime: "2026-11-02T01:30-03:30", dueAt: "2026-11-02T05:00:00.000Z", note: null },
    ]);
  });

  it("writes UTC as Z", () => {
    expect(previewRuns(daily("01:00", "UTC"), new Date("2026-01-01T00:00:00Z"), 1)[0]?.localTime).toBe("2026-01-01T01:00Z");
  });
});

describe("runsAtClockChanges", () => {
  const now = new Date("2026-11-22T08:00:00Z");
  const notes = (schedule: Schedule) => runsAtClockChanges(schedule, now).map(({ note }) => note);

  it("looks a year ahead", () => {
    expect(notes(daily("02:30", "Europe/Berlin"))).toEqual([
      "The clocks go forward: 02:30 does not exist on 28 March 2027, so it runs at 03:00.",
      "The clocks go back: 02:30 comes twice on 31 October 2027, and it runs the first time only.",
    ]);
  });

  it.each<[string, Schedule, number]>([
    ["a time that no change touches", daily("01:00", "Europe/Berlin"), 0],
    ["the end of a repeated hour", daily("03:00", "Europe/Berlin"), 0],
    ["the beginning of one", daily("02:00", "Europe/Berlin"), 2],
    ["a zone without changes", daily("02:30", "Asia/Tokyo"), 0],
    ["UTC", daily("02:30", "UTC"), 0],
    ["half an hour", daily("02:15", "Australia/Lord_Howe"), 1],
    ["every minute: each change once", { kind: "cron", expression: "* * * * *", timeZone: "Europe/Berlin" }, 2],
    ["Sundays", { kind: "cron", expression: "30 2 * * 1", timeZone: "Europe/Berlin" }, 0],
  ])("%s", (_, schedule, count) => {
    expect(notes(schedule)).toHaveLength(count);
  });
});
