import type { OverviewState } from "#lib/runs/schemas.ts";

/** What is known of a system when its state is asked for. */
export interface SystemFacts {
  isRunning: boolean;
  /** The newest run that ended, cancelled ones aside. */
  lastRun: { status: string; message: string | null } | null;
  lastBackup: { createdAt: Date; proven: string } | null;
  /** When the newest good one was made: proven to restore, and stored somewhere. */
  lastGoodAt: Date | null;
  /** Whether the newest backup is missing or damaged by now in a destination where it should be. */
  isIncomplete: boolean;
  /** How old the newest good backup may get, in hours; null without an enabled policy. */
  promiseHours: number | null;
  /** Since when that is broken; null while it is kept. */
  overdueSince: Date | null;
  /** Whether it has policies, and all of them are switched off. */
  isPaused: boolean;
  onlyOnThisMachine: boolean;
  /** What the last verification found wrong with some backup of it that is still kept, until it is mended; null when nothing is. */
  damage: { createdAt: Date; message: string } | null;
  /** Since when a copy of its newest backup could not be verified, because its destination did not answer. */
  unverifiedSince: Date | null;
}

/** A system's state and why, as a sentence. What needs a person's attention comes before everything else. */
export function judgeSystem(facts: SystemFacts): { state: OverviewState; reason: string | null } {
  const { lastRun, lastBackup, promiseHours } = facts;
  if (facts.overdueSince !== null) return { state: "attention", reason: overdueWords(facts) };
  if (lastRun?.status === "failed") return { state: "attention", reason: lastRun.message ?? "The last run failed." };
  if (lastRun?.status === "missed") return { state: "attention", reason: "The last planned run was missed." };
  if (facts.damage !== null) {
    const made = facts.damage.createdAt.toISOString().slice(0, 10);
    return { state: "attention", reason: `The backup made on ${made} failed its verification. ${facts.damage.message}` };
  }
  if (facts.isRunning) return { state: "running", reason: null };
  if (!lastBackup) return { state: "waiting", reason: null };
  if (facts.lastGoodAt === null) return { state: "warnings", reason: "None of its backups is proven to restore." };
  if (facts.lastGoodAt < lastBackup.createdAt) {
    const made = facts.lastGoodAt.toISOString().slice(0, 10);
    return { state: "warnings", reason: `${notGoodWords(lastBackup.proven)}; the last good one was made on ${made}.` };
  }
  if (facts.isIncomplete) {
    const told = lastRun?.status === "partial" ? lastRun.message : null;
    return { state: "warnings", reason: told ?? "The newest backup is not whole in every destination." };
  }
  if (facts.unverifiedSince !== null) {
    const since = facts.unverifiedSince.toISOString().slice(0, 10);
    return {
      state: "warnings",
      reason: `A copy of the newest backup could not be verified since ${since}: its destination did not answer.`,
    };
  }
  if (facts.onlyOnThisMachine) return { state: "warnings", reason: "Its only copies are on this machine and would be lost with it." };
  if (facts.isPaused)
    return { state: "warnings", reason: "Its policy is switched off and promises nothing: nothing backs it up by itself." };
  if (promiseHours === null) return { state: "warnings", reason: "No policy backs it up by itself." };
  return { state: "proven", reason: null };
}

/** One that is proven and yet not good lies nowhere any more, or is dated in the future. */
function notGoodWords(proven: string): string {
  if (["stored", "intact", "decryptable"].includes(proven)) return "The newest backup is not proven to restore";
  return "The newest backup does not count: it lies in no destination, or its date is still to come";
}

function overdueWords({ lastGoodAt, promiseHours, overdueSince }: SystemFacts): string {
  if (lastGoodAt !== null) return `The newest good backup is older than the ${promiseHours} hours that its policy allows.`;
  const due = overdueSince?.toISOString().slice(0, 16).replace("T", " ") ?? "";
  return `It has no good backup, although its policy promised one by ${due} UTC.`;
}

/** The state of everything, from that of each system, and how much else there is to warn of: nothing is called proven then. */
export function judgeAll(states: readonly OverviewState[], otherWarnings = 0): OverviewState {
  const worstFirst = ["attention", "running", "warnings"] as const;
  const found = worstFirst.find((state) => states.includes(state));
  if (found) return found;
  if (!states.includes("proven")) return "waiting";
  return otherWarnings > 0 ? "warnings" : "proven";
}
