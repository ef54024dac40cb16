import { expect, test } from "vitest";
import { mapAhead } from "#lib/connectors/folder/map-ahead.ts";

async function* numbers(count: number) {
  for (let index = 0; index < count; index++) yield await Promise.resolve(index);
}

test("keeps the order, and works on no more than it may at once", async () => {
  let running = 0;
  let most = 0;
  const results: number[] = [];
  const work = async (item: number) => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < 10 - (item % 10); turn++) await new Promise((resolve) => setImmediate(resolve));
    running--;
    return item;
  };
  for await (const result of mapAhead(numbers(50), 4, work)) results.push(result);
  expect(results).toEqual(Array.from({ length: 50 }, (_, index) => index));
  expect(most).toBe(4);
});

test("fails at the failing item's turn, after the items before it, and leaves nothing running", async () => {
  const seen: number[] = [];
  let running = 0;
  const work = async (item: number) => {
    running++;
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    if (item === 5) throw new Error("five");
    return item;
  };
  const reading = async () => {
    for await (const result of mapAhead(numbers(50), 4, work)) seen.push(result);
  };
  await expect(reading()).rejects.toThrow("five");
  expect(seen).toEqual([0, 1, 2, 3, 4]);
  expect(running).toBe(0);
});
