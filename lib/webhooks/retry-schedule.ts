import { env } from "#lib/env.ts";

/** The pauses after each failed attempt, in units of HOLDFAST_WEBHOOK_RETRY_SECONDS; with 5 s: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h. */
const PAUSES = [1, 60, 360, 1440, 3600, 7200, 7200] as const;
/** A receiver can ask for no longer pause than this by itself: ten hours. */
const LONGEST_ASKED_PAUSE = 7200;
/** Nothing but failures for so long disables a webhook: five days. */
const FAILING_TOO_LONG = 86_400;
/** A pause is up to a tenth longer or shorter, so that what failed together does not come again together. */
const JITTER = 0.1;

/** The first attempt and one after each pause. */
export const MOST_ATTEMPTS = PAUSES.length + 1;

/**
 * Milliseconds until the next attempt after that number of attempts (the first is 1) failed, or null when it was the last.
 * @param askedMs what the receiver asked for with Retry-After, kept up to ten hours; the pause is never shorter than that
 * @param chance from 0 to 1, for the jitter
 */
export function pauseAfter(attempts: number, askedMs: number | null, chance: number = Math.random()): number | null {
  const pause = PAUSES[attempts - 1];
  if (pause === undefined) return null;
  const unitMs = env().HOLDFAST_WEBHOOK_RETRY_SECONDS * 1000;
  const plannedMs = pause * unitMs * (1 - JITTER + 2 * JITTER * chance);
  const heededMs = Math.min(askedMs ?? 0, LONGEST_ASKED_PAUSE * unitMs) * (1 + JITTER * chance);
  return Math.round(Math.max(plannedMs, heededMs));
}

/** Seconds of nothing but failures after which a webhook is disabled. */
export function failingTooLongSeconds(): number {
  return FAILING_TOO_LONG * env().HOLDFAST_WEBHOOK_RETRY_SECONDS;
}

/** What a Retry-After header asks for, in milliseconds from `nowMs`: seconds or an HTTP date (RFC 9110, 10.2.3). Null for neither. */
export function readRetryAfter(header: string | undefined, nowMs: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  const at = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
