import { expect, test } from "vitest";
import { isVerificationDue } from "#lib/verifications/is-due.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const start = Date.UTC(2026, 0, 1);

test("a backup that was never looked at is due at once, unless it is switched off", () => {
  const question = { verifyDays: 30, backups: 5, oldestLookedAt: null, lastBegunAt: new Date(start), now: new Date(start) };
  expect(isVerificationDue(question)).toBe(true);
  expect(isVerificationDue({ ...question, verifyDays: 0 })).toBe(false);
  expect(isVerificationDue({ ...question, backups: 0 })).toBe(false);
});

test.each([
  [60, 30],
  [1, 30],
  [7, 30],
  [100, 1],
])("%i backups in %i days: each once in that time, spread evenly, never two at once", (count, verifyDays) => {
  const looked = Array.from({ length: count }, () => start);
  const begun: number[] = [];
  // Three rounds, looked at every ten minutes.
  for (let now = start; now < start + 3 * verifyDays * DAY_MS; now += 600_000) {
    const oldest = Math.min(...looked);
    const lastBegunAt = begun.length > 0 ? new Date(begun.at(-1) ?? 0) : null;
    if (!isVerificationDue({ verifyDays, backups: count, oldestLookedAt: new Date(oldest), lastBegunAt, now: new Date(now) })) continue;
    looked[looked.indexOf(oldest)] = now;
    begun.push(now);
    // The age at which its turn came: its time, and up to two turns more.
    if (begun.length > count) expect(now - oldest).toBeLessThanOrEqual(verifyDays * DAY_MS * (1 + 2 / count) + count * 600_000);
  }
  expect(begun.length).toBeGreaterThanOrEqual(2 * count);
  expect(begun.length).toBeLessThanOrEqual(3 * count);
  const pauses = begun.slice(1).map((at, index) => at - (begun[index] ?? 0));
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual((verifyDays * DAY_MS) / count);
});
