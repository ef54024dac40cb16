import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readEnv } from "#lib/env.ts";
import { holdWork } from "#lib/queue/hold-work.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("unless somebody sets them, these are the times that everything else was judged by", () => {
  expect(readEnv({})).toMatchObject({
    HOLDFAST_LEASE_SECONDS: 60,
    HOLDFAST_WEBHOOK_TIMEOUT_SECONDS: 15,
    HOLDFAST_SECOND_LOOK_SECONDS: 3600,
    HOLDFAST_THIRD_LOOK_SECONDS: 86_400,
    HOLDFAST_DRAIN_SECONDS: 10,
    HOLDFAST_RESTORE_DRAIN_SECONDS: 600,
  });
});

test("a worker whose renewals get no answer stops its work after 45 seconds, a quarter of a minute before its lease is dead", () => {
  const held = holdWork(() => new Promise(() => undefined), new AbortController().signal);
  vi.advanceTimersByTime(44_900);
  expect(held.signal.aborted).toBe(false);
  vi.advanceTimersByTime(200);
  expect(held.signal.reason).toMatchObject({ reason: "lost" });
});
