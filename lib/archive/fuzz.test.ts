import { expect, test } from "vitest";
import { fuzzTargets, mutate, tryInput } from "#lib/archive/fuzz-fixture.ts";
import { seededRandom } from "#lib/archive/seeded-random.ts";

// A fixed sample; `npm run bench fuzz` goes on for as long as it is told to.
const INPUTS = 1500;

const targets = await fuzzTargets();

test.each(Object.entries(targets))("the reader of %s takes what is whole, and refuses broken input in words", async (_name, target) => {
  for (const whole of target.corpus) expect(await tryInput(target, whole, seededRandom(0))).toBeNull();
  const answers: (string | null)[] = [];
  for (let seed = 1; seed <= INPUTS; seed++) {
    const random = seededRandom(seed);
    answers.push(await tryInput(target, mutate(target, random), random));
  }
  const sentences = answers.filter((answer) => answer !== null);
  expect(sentences.length).toBeGreaterThan(INPUTS / 4);
  if (!target.isJson) return;
  expect(sentences.filter((sentence) => sentence.endsWith("is not JSON.")).length).toBeLessThan(INPUTS / 3);
  // Each names the field that is wrong, and how.
  expect(new Set(sentences).size).toBeGreaterThan(30);
});
