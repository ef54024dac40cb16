import { expect, test } from "vitest";
import { formatAbsolute, formatDate, formatDuration, formatRelative } from "#components/ui/format-time.ts";

const now = Date.UTC(2026, 2, 3, 1, 0, 0);
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const relatives: [number, string][] = [
  [0, "just now"],
  [-40_000, "just now"],
  [10_000, "in a moment"],
  [-minute, "1 minute ago"],
  [-59 * minute, "59 minutes ago"],
  [-60 * minute, "1 hour ago"],
  [3 * hour, "in 3 hours"],
  [-35 * hour, "35 hours ago"],
  [-36 * hour, "2 days ago"],
  [-44 * day, "44 days ago"],
  [-60 * day, "2 months ago"],
  [-730 * day, "2 years ago"],
];

test.each(relatives)("%d ms from now is %s", (differenceMs, expected) => {
  expect(formatRelative(now + differenceMs, now)).toBe(expected);
});

test("absolute times name their zone", () => {
  expect(formatAbsolute(new Date(now), "UTC")).toBe("3 March 2026 at 01:00:00 UTC");
  expect(formatAbsolute(new Date(now), "Asia/Tokyo")).toBe("3 March 2026 at 10:00:00 GMT+9");
  expect(formatDate(new Date(now), "America/New_York")).toBe("2 March 2026");
});

const durations: [number, string][] = [
  [0, "0 ms"],
  [850.4, "850 ms"],
  [4200, "4.2 s"],
  [59_960, "1 min"],
  [200_000, "3 min 20 s"],
  [7_500_000, "2 h 5 min"],
];

test.each(durations)("%d ms is %s", (durationMs, expected) => {
  expect(formatDuration(durationMs)).toBe(expected);
});
