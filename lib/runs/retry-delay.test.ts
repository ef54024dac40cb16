import { afterEach, expect, test } from "vitest";
import { forgetEnv } from "#lib/env.ts";
import { retryDelaySeconds } from "#lib/runs/retry-delay.ts";

afterEach(() => {
  delete process.env["HOLDFAST_LEASE_SECONDS"];
  delete process.env["HOLDFAST_HEARTBEAT_SECONDS"];
  forgetEnv();
});

const pauses = (attempts: number) => Array.from({ length: attempts }, (_, index) => retryDelaySeconds(index + 1));

test("each pause is four times the one before, and none is longer than an hour", () => {
  expect(pauses(7)).toEqual([30, 120, 480, 1920, 3600, 3600, 3600]);
  expect(retryDelaySeconds(1000)).toBe(3600);
});

test("with a short lease, the first pauses are short as well", () => {
  process.env["HOLDFAST_LEASE_SECONDS"] = "3";
  process.env["HOLDFAST_HEARTBEAT_SECONDS"] = "1";
  forgetEnv();
  expect(pauses(4)).toEqual([1.5, 6, 24, 96]);
});
