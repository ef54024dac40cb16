import { log } from "#lib/log.ts";

const TIMEOUT_MS = 15_000;

export interface DeadMan {
  /** Calls the address, if nothing speaks against it. Throws nothing: that it is not called is the alarm. */
  call(): Promise<void>;
}

/**
 * Calls an address outside for as long as all is well, so that somebody there notices when Holdfast as a whole does not work. Not called while `whyNot`
 * answers with a reason, or not at all. What changes is logged once, without the address, which may be a secret. Follows no redirect.
 */
export function createDeadMan(url: string, whyNot: () => Promise<string | null>, timeoutMs = TIMEOUT_MS): DeadMan {
  let said: string | null = null;
  const say = (reason: string | null, err?: unknown) => {
    if (reason !== null && said === null) log.warn({ err, reason }, "The dead-man's address is not being called");
    if (reason === null && said !== null) log.info("The dead-man's address is called again");
    said = reason;
  };
  return {
    async call() {
      try {
        const reason = await whyNot();
        say(reason ?? (await request(url, timeoutMs)));
      } catch (error) {
        say("The call failed.", error);
      }
    },
  };
}

/** Null, or what was wrong with the answer. */
async function request(url: string, timeoutMs: number): Promise<string | null> {
  const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
  await answer.body?.cancel();
  return answer.ok ? null : `It answered ${answer.status}.`;
}
