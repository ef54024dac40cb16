import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Places where a run can be made to die or to wait, so that a test can prove what comes after. */
export type FaultPoint =
  | "after-claim"
  | "after-rows"
  | "during-upload"
  | "after-upload"
  | "after-proof"
  | "after-description"
  | "before-commit"
  | "after-commit"
  | "during-deletion"
  | "during-copy"
  | "after-copy"
  | "before-copy-commit"
  | "during-verification"
  | "before-verification-commit"
  | "after-key-file"
  | "before-protection"
  | "after-protection"
  | "during-key-file-removal";

/**
 * When HOLDFAST_FAULT_POINT names the place, kills this process as a power cut would; or, with HOLDFAST_FAULT_HOLD, makes the file
 * `<hold>.reached` and waits there for as long as the file `<hold>` exists. Parameters for tests only: without them nothing happens.
 */
export async function faultPoint(name: FaultPoint): Promise<void> {
  if (process.env["HOLDFAST_FAULT_POINT"] !== name) return;
  const hold = process.env["HOLDFAST_FAULT_HOLD"];
  if (hold === undefined) {
    process.kill(process.pid, "SIGKILL");
    await new Promise(() => undefined);
    return;
  }
  writeFileSync(`${hold}.reached`, "");
  while (existsSync(hold)) await delay(20);
}
