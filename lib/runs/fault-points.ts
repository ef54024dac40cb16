import { existsSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Those of a backup run, from its claim to the end of retention. */
export const runFaultPoints = [
  "during-claim",
  "after-claim",
  "after-rows",
  "during-capture",
  "after-capture",
  "during-key-file",
  "during-upload",
  "mid-upload",
  "after-upload",
  "during-proof",
  "after-proof",
  "after-description",
  "before-commit",
  "during-commit",
  "after-commit",
  "during-retention",
  "after-retention-marks",
  "during-deletion",
  "after-deletion",
] as const;

/** Those of telling a webhook of a run that has ended. */
export const tellingFaultPoints = ["in-notification", "before-delivery-commit"] as const;

/** Places where work can be made to die or to wait, so that tests and `npm run bench kill` can prove what comes after. */
export const faultPoints = [
  ...runFaultPoints,
  ...tellingFaultPoints,
  "during-copy",
  "after-copy",
  "before-copy-commit",
  "during-verification",
  "before-verification-commit",
  "after-key-file",
  "before-protection",
  "after-protection",
  "during-key-file-removal",
  "before-restore-change",
  "after-restore-mark",
  "after-restore-change",
  "in-mail",
] as const;

export type FaultPoint = (typeof faultPoints)[number];

/**
 * When HOLDFAST_FAULT_POINT names the place, kills this process as a power cut would; or, with HOLDFAST_FAULT_HOLD, makes the file
 * `<hold>.reached` and waits there for as long as the file `<hold>` exists. HOLDFAST_FAULT_PLAN names a file in which a plan may be put while workers run:
 * `<place> <n>` lets the n-th arrival there, counted over all processes, be the death of that process, and of no other. Parameters for tests only: without
 * them nothing happens.
 */
export async function faultPoint(name: FaultPoint): Promise<void> {
  const plan = process.env["HOLDFAST_FAULT_PLAN"];
  if (plan !== undefined && isOurTurn(plan, name)) await die();
  if (process.env["HOLDFAST_FAULT_POINT"] !== name) return;
  const hold = process.env["HOLDFAST_FAULT_HOLD"];
  if (hold === undefined) {
    await die();
    return;
  }
  writeFileSync(`${hold}.reached`, "");
  while (existsSync(hold)) await delay(20);
}

async function die(): Promise<void> {
  process.kill(process.pid, "SIGKILL");
  await new Promise(() => undefined);
}

/** The file is always whole, and taken by its removal: of several processes that arrive at once, one succeeds. */
function isOurTurn(plan: string, name: FaultPoint): boolean {
  try {
    const [place, arrival] = readFileSync(plan, "utf8").split(" ");
    if (place !== name) return false;
    const left = Number(arrival) - 1;
    if (left <= 0) {
      unlinkSync(plan);
      return true;
    }
    writeFileSync(`${plan}.${process.pid}`, `${name} ${left}`);
    renameSync(`${plan}.${process.pid}`, plan);
  } catch {
    // There is no plan, or another process has just taken it.
  }
  return false;
}
