import { expect, test } from "vitest";
import { shrinksRetention } from "#lib/policies/shrinks-retention.ts";

test.each([
  [{ keepLast: 30 }, { keepLast: 30 }, false],
  [{ keepLast: 30 }, { keepLast: 31 }, false],
  [{ keepLast: 30 }, { keepLast: 30, keepMonthly: 12 }, false],
  [{ keepLast: 30 }, { keepLast: 29 }, true],
  [{ keepLast: 30, keepMonthly: 12 }, { keepLast: 99 }, true],
  [{ keepDays: 90 }, { keepLast: 90 }, true],
])("%j to %j shrinks: %s", (before, after, expected) => {
  expect(shrinksRetention(before, after)).toBe(expected);
});
