import type { MarkedState } from "#components/shared/state-mark.tsx";
import type { RestoreDto, RestoreStatus } from "#lib/restores/schemas.ts";

interface StatusLook {
  state: MarkedState;
  label: string;
}

export const statusLooks: Record<RestoreStatus, StatusLook> = {
  planning: { state: "running", label: "Planning" },
  planned: { state: "waiting", label: "Planned" },
  awaitingApproval: { state: "waiting", label: "Awaiting approval" },
  approved: { state: "queued", label: "About to begin" },
  running: { state: "running", label: "Restoring" },
  completed: { state: "completed", label: "Restored" },
  partial: { state: "partial", label: "Partly restored" },
  failed: { state: "failed", label: "Failed" },
  rejected: { state: "cancelled", label: "Rejected" },
  expired: { state: "cancelled", label: "Plan expired" },
  cancelled: { state: "cancelled", label: "Cancelled" },
  undone: { state: "cancelled", label: "Undone" },
};

/** The steps of the wizard, in their order. */
export const restoreSteps = ["Backup", "Parts and target", "Plan", "Proof", "Progress and report"] as const;

/** On which step of the wizard a restore stands; the number of steps when all are done. */
export function stepOf(status: RestoreStatus): number {
  if (status === "planning" || status === "planned" || status === "awaitingApproval" || status === "expired") return 2;
  if (status === "completed" || status === "partial" || status === "undone") return restoreSteps.length;
  return 4;
}

/** Whether a worker is at it, so that it changes by itself. */
export function isAtWork(status: RestoreStatus): boolean {
  return status === "planning" || status === "approved" || status === "running";
}

/** Whether it may be given up; the server refuses once the target is being changed. */
export function isCancellable(status: RestoreStatus): boolean {
  return isAtWork(status) || status === "planned" || status === "awaitingApproval";
}

type Change = NonNullable<RestoreDto["plan"]>["changes"][number];

const plannedWords = { change: "will change", add: "will be added", remove: "will go" };
const doneWords = { change: "changed", add: "added", remove: "removed" };

/** "3 will change, 1 will go": what happens, or happened, to one part, in numbers. */
export function countWords(changes: readonly { action: string }[], tense: "planned" | "done" = "planned"): string {
  const words = tense === "planned" ? plannedWords : doneWords;
  const counts = (["change", "add", "remove"] as const).map((action) => {
    const count = changes.filter((change) => change.action === action).length;
    return count === 0 ? null : `${count.toLocaleString("en-GB")} ${words[action]}`;
  });
  return counts.filter((each) => each !== null).join(", ");
}

/** The changes of each part, in the plan's order. */
export function byPart<Item extends { part: string }>(items: readonly Item[]): [part: string, items: Item[]][] {
  return [...Map.groupBy(items, (item) => item.part)];
}

/** One line for one change: "Added", "Changed", "Removed". */
export const changeWords: Record<Change["action"], string> = { add: "Added", change: "Changed", remove: "Removed" };
