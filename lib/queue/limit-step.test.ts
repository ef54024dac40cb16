import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { limitStep } from "#lib/queue/limit-step.ts";

const nobody = new AbortController().signal;
const never = () => new Promise<never>(() => undefined);

test("a step that makes progress goes on for as long as it likes", async () => {
  let moved = 0;
  const work = async () => {
    for (; moved < 10; moved++) await delay(60);
    return "done";
  };
  expect(await limitStep({ what: "it is tried", stillMs: 300, mark: () => moved }, nobody, work)).toBe("done");
});

test("one that stands still is told to stop, with a sentence that says at what", async () => {
  const work = async (signal: AbortSignal) => {
    await delay(60_000, undefined, { signal });
  };
  const limited = limitStep({ what: "the system is captured", stillMs: 200, mark: () => 7 }, nobody, work);
  await expect(limited).rejects.toMatchObject({
    code: "stood-still",
    message: "Nothing moved for 0 seconds while the system is captured, so it was stopped.",
  });
});

test("without a mark, the time is for all of it", async () => {
  await expect(limitStep({ what: "it is removed", stillMs: 100 }, nobody, (signal) => delay(9000, null, { signal }))).rejects.toMatchObject(
    {
      code: "stood-still",
    },
  );
});

test("what does not listen is left to itself, and what it brings later is put away", async () => {
  const stop = new AbortController();
  const reason = new Error("cancelled");
  const late: string[] = [];
  const work = Promise.withResolvers<string>();
  const limited = limitStep({ what: "it hangs", stillMs: 60_000, late: (result) => late.push(result) }, stop.signal, () => work.promise);
  stop.abort(reason);
  await expect(limited).rejects.toBe(reason);
  work.resolve("an open file");
  await delay(0);
  expect(late).toEqual(["an open file"]);
});

test("a step that was stopped before it began ends, too", async () => {
  await expect(limitStep({ what: "it hangs", stillMs: 60_000 }, AbortSignal.abort(new Error("over")), never)).rejects.toThrow("over");
});

test("its own error, and its result, are passed on", async () => {
  const failing = () => Promise.reject(new Error("refused"));
  await expect(limitStep({ what: "it fails", stillMs: 60_000 }, nobody, failing)).rejects.toThrow("refused");
  expect(await limitStep({ what: "it works", stillMs: 60_000 }, nobody, () => Promise.resolve(3))).toBe(3);
});
