import { createHash } from "node:crypto";
import { MINUTE_MS } from "#lib/schedule/wall-time.ts";

/** The part of a policy's window that its runs are spread over at most. */
const SHARE_OF_WINDOW = 0.1;
/** Runs due at the same time that begin in a second, when they are spread. */
const RUNS_A_SECOND = 100;

const WHOLE = 2 ** 32;

/**
 * How long after its time a run begins, in milliseconds, so that thousands of systems that are all due at 01:00 do not all begin at once: while the crowd stays
 * as it is, the same for a policy and system every day. Few runs are not spread so that anybody would notice.
 *
 * @param crowd how many runs are due at the same time, whoever's they are
 */
export function spreadMs(run: { policyId: string; systemId: string; windowMinutes: number; crowd: number }): number {
  const longestMs = Math.min(run.windowMinutes * MINUTE_MS * SHARE_OF_WINDOW, (run.crowd / RUNS_A_SECOND) * 1000);
  const place = createHash("sha256").update(`${run.policyId} ${run.systemId}`).digest().readUInt32BE(0) / WHOLE;
  return Math.floor(place * longestMs);
}
