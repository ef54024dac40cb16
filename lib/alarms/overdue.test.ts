import { expect, test } from "vitest";
import { joinPromise, overdueSince } from "#lib/alarms/overdue.ts";

const at = (hour: number) => new Date(Date.UTC(2026, 2, 1) + hour * 3_600_000);
const daily = joinPromise(null, { hours: 26, since: at(0) });

test("a good backup keeps the promise until it is too old", () => {
  expect(overdueSince(daily, at(100), at(125))).toBeNull();
  expect(overdueSince(daily, at(100), at(126))).toEqual(at(126));
});

test("without a good backup, the promise counts from when the policy began to cover the system", () => {
  expect(overdueSince(daily, null, at(25))).toBeNull();
  expect(overdueSince(daily, null, at(30))).toEqual(at(26));
});

test("of several policies, the strictest counts; without a backup, the one whose first is due first", () => {
  const both = joinPromise(daily, { hours: 4, since: at(90) });
  expect(both.hours).toBe(4);
  expect(joinPromise(joinPromise(null, { hours: 4, since: at(90) }), { hours: 26, since: at(0) })).toEqual(both);
  expect(overdueSince(both, at(100), at(105))).toEqual(at(104));
  expect(overdueSince(both, null, at(27))).toEqual(at(26));
});
