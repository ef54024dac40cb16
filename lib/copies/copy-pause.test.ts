import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { firstCopyAttempt, nextCopyAttempt } from "#lib/copies/copy-pause.ts";

beforeEach(() => vi.useFakeTimers({ now: 0 }));
afterEach(() => vi.useRealTimers());

const minutes = (date: Date | null) => (date === null ? null : date.getTime() / 60_000);

test("the first pause is a minute; they double, up to six hours", () => {
  expect(minutes(firstCopyAttempt())).toBe(1);
  expect([1, 2, 3, 8, 9, 12].map((attempts) => minutes(nextCopyAttempt(attempts)))).toEqual([2, 4, 8, 256, 360, 360]);
});

test("after three days it is left to a person", () => {
  let total = minutes(firstCopyAttempt()) ?? 0;
  let attempts = 1;
  for (; ; attempts++) {
    const pause = minutes(nextCopyAttempt(attempts));
    if (pause === null) break;
    total += pause;
  }
  expect(total).toBeLessThanOrEqual(3 * 24 * 60);
  expect(total).toBeGreaterThan(2.5 * 24 * 60);
  expect(nextCopyAttempt(attempts + 1)).toBeNull();
});
