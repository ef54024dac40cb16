import { expect, test } from "vitest";
import { spreadMs } from "#worker/spread.ts";

const places = (count: number, of: { windowMinutes: number; crowd: number }) =>
  Array.from({ length: count }, (_, index) => spreadMs({ policyId: "pol_1", systemId: `sys_${index}`, ...of }));

test("a crowd is spread at a hundred a second, evenly and in the same way every day", () => {
  const spread = places(1000, { windowMinutes: 60, crowd: 1000 });
  expect(spread).toEqual(places(1000, { windowMinutes: 60, crowd: 1000 }));
  expect(Math.max(...spread)).toBeLessThan(10_000);
  for (let second = 0; second < 10; second += 1) {
    const inSecond = spread.filter((ms) => Math.floor(ms / 1000) === second).length;
    expect(inSecond).toBeGreaterThan(60);
    expect(inSecond).toBeLessThan(140);
  }
});

test("nothing is pushed beyond a tenth of its window, and a policy of few systems is prompt", () => {
  expect(Math.max(...places(1000, { windowMinutes: 1, crowd: 100_000 }))).toBeLessThan(6000);
  expect(Math.max(...places(1000, { windowMinutes: 60, crowd: 1 }))).toBeLessThan(10);
  expect(places(10, { windowMinutes: 0, crowd: 100_000 })).toEqual(Array(10).fill(0));
});
