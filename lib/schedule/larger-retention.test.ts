import { expect, test } from "vitest";
import { largerRetention } from "#lib/schedule/larger-retention.ts";

test.each([
  [{ keepLast: 30 }, { keepLast: 5 }, { keepLast: 30 }],
  [{ keepLast: 5 }, { keepLast: 30 }, { keepLast: 30 }],
  [
    { keepDaily: 7, keepYearly: 3 },
    { keepLast: 5, keepDaily: 14 },
    { keepLast: 5, keepDaily: 14, keepYearly: 3 },
  ],
  [{}, { keepLast: 5 }, { keepLast: 5 }],
])("%j and %j: %j", (before, after, larger) => {
  expect(largerRetention(before, after)).toEqual(larger);
});
