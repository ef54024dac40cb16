import { env } from "#lib/env.ts";

/** Seconds between a failed attempt (the first is 1) and the next: 30 s, 2 min, 8 min … with the default lease, at most an hour. */
export function retryDelaySeconds(attempt: number): number {
  return Math.min(3600, (env().HOLDFAST_LEASE_SECONDS / 2) * 4 ** (attempt - 1));
}
