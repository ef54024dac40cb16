import { log } from "#lib/log.ts";

const TIMEOUT_MS = 15_000;

export interface DeadMan {
  /** Calls the address, if nothing speaks against it; whether it answered well. Throws nothing: that it is not called is the alarm. */
  call(): Promise<boolean>;
}

/**
 * Calls an address outside for as long as all is well, so that somebody there notices when Holdfast as a whole does not work. Not called while `whyNot`
 * answers with a reason, or not at all. What changes is logged once, without the address, which may be a secret. Follows no redirect.
 */
export function createDeadMan(url: string, whyNot: () => Promise<string | null>, timeoutMs = TIMEOUT_MS): DeadMan {
  let troubles = 0;
  const say = (reason: string | null, err?: unknown): boolean => {
    // Once may be the start, before anybody has looked.
    if (reason !== null && troubles === 1) log.warn({ err, reason }, "The dead-man's address is not being called");
    if (reason === null && troubles > 1) log.info("The dead-man's address is called again");
    troubles = reason === null ? 0 : troubles + 1;
    return reason === null;
  };
  return {
    async call() {
      try {
        return say((await whyNot()) ?? (await request(url, timeoutMs)));
      } catch (error) {
        return say("Whether all is well could not be found out.", error);
      }
    },
  };
}

/** A round, to be made often, that calls every `everyMs` while all is well, and as soon as it is again. */
export function deadManRound(deadMan: DeadMan, everyMs: number): () => Promise<void> {
  let nextMs = 0;
  return async () => {
    if (performance.now() >= nextMs && (await deadMan.call())) nextMs = performance.now() + everyMs;
  };
}

/** Null, or what was wrong with the answer. */
async function request(url: string, timeoutMs: number): Promise<string | null> {
  try {
    const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
    await answer.body?.cancel();
    return answer.ok ? null : `It answered ${answer.status}.`;
  } catch (error) {
    return `The call failed: ${codeOf(error)}.`;
  }
}

/** "ECONNREFUSED" or "TimeoutError": never the error's message, for it may repeat the address. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : error.name;
}
