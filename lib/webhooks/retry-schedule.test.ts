import { expect, test } from "vitest";
import { failingTooLongSeconds, MOST_ATTEMPTS, pauseAfter, readRetryAfter } from "#lib/webhooks/retry-schedule.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

test("eight attempts over a good day, and no ninth", () => {
  const pauses = Array.from({ length: MOST_ATTEMPTS }, (_, index) => pauseAfter(index + 1, null, 0.5));
  expect(pauses).toEqual([5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR, null]);
  expect(failingTooLongSeconds()).toBe(5 * 24 * 3600);
});

test("a pause is up to a tenth shorter or longer", () => {
  expect(pauseAfter(2, null, 0)).toBe(4.5 * MINUTE);
  expect(pauseAfter(2, null, 1)).toBe(5.5 * MINUTE);
  const drawn = new Set(Array.from({ length: 100 }, () => pauseAfter(7, null)));
  expect(drawn.size).toBeGreaterThan(50);
  for (const pause of drawn) expect(Math.abs((pause ?? 0) - 10 * HOUR)).toBeLessThanOrEqual(HOUR);
});

test("what the receiver asks for is the least pause, up to ten hours; a shorter one changes nothing", () => {
  expect(pauseAfter(1, 2 * HOUR, 0)).toBe(2 * HOUR);
  expect(pauseAfter(1, 2 * HOUR, 1)).toBeGreaterThan(2 * HOUR);
  expect(pauseAfter(1, 1000 * HOUR, 0)).toBe(10 * HOUR);
  expect(pauseAfter(4, 5 * SECOND, 0.5)).toBe(2 * HOUR);
  expect(pauseAfter(MOST_ATTEMPTS, HOUR)).toBeNull();
});

test.each([
  ["120", 120 * SECOND],
  [" 7 ", 7 * SECOND],
  ["Sun, 22 Nov 2026 12:01:00 GMT", MINUTE],
  ["Sunday, 22-Nov-26 12:01:00 GMT", MINUTE],
  ["Sun, 22 Nov 2026 11:00:00 GMT", 0],
  ["-5", null],
  ["1e9", null],
  ["soon", null],
  ["2026", 2026 * SECOND],
  ["99999999999999999999", null],
  ["", null],
])("Retry-After: %s", (header, expected) => {
  expect(readRetryAfter(header, Date.parse("2026-11-22T12:00:00Z"))).toBe(expected);
});

test("no Retry-After asks for nothing", () => {
  expect(readRetryAfter(undefined, 0)).toBeNull();
});
