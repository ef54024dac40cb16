import { expect, test } from "vitest";
import { fuzzTargets, mutate, tryInput } from "#lib/archive/fuzz-fixture.ts";
import { seededRandom } from "#lib/archive/seeded-random.ts";

// A fixed sample; `npm run bench fuzz` goes on for as long as it is told to.
const INPUTS = 1500;

const targets = await fuzzTargets();

test.each(Object.entries(targets))("the reader of %s takes what is whole, and refuses broken input in words", async (_name, target) => {
  for (const whole of target.corpus) expect(await tryInput(target, whole, seededRandom(0))).toBe("read");
  let refused = 0;
  for (let seed = 1; seed <= INPUTS; seed++) {
    const random = seededRandom(seed);
    if ((await tryInput(target, mutate(target, random), random)) === "refused") refused++;
  }
  expect(refused).toBeGreaterThan(INPUTS / 4);
});
