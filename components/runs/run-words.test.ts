import { expect, test } from "vitest";
import { failedStepWords, isCancellable, isRetryable, runFraction } from "#components/runs/run-words.ts";
import { runSteps } from "#lib/runs/schemas.ts";

test("says at which step a run failed, known or not", () => {
  expect(failedStepWords("store")).toBe("at the step “Store”");
  expect(failedStepWords("wait")).toBe("while waiting to begin");
  expect(failedStepWords("later-step")).toBe("at the step “later-step”");
});

test("a fraction counts whole steps and the part of the present one", () => {
  const progress = { step: "store" as const, steps: [...runSteps], bytes: 0, entries: 0, percent: 50 };
  expect(runFraction({ status: "running", progress })).toBe(0.5);
  expect(runFraction({ status: "queued", progress: null })).toBeNull();
  expect(runFraction({ status: "completed", progress })).toBe(1);
});

test("only what still runs can be cancelled, once, and only what did not succeed is tried again", () => {
  expect(isCancellable({ status: "running", cancelRequestedAt: null })).toBe(true);
  expect(isCancellable({ status: "running", cancelRequestedAt: "2026-03-03T01:00:00.000Z" })).toBe(false);
  expect(isCancellable({ status: "completed", cancelRequestedAt: null })).toBe(false);
  expect(isRetryable("failed")).toBe(true);
  expect(isRetryable("completed")).toBe(false);
});
