/** Places where a run can be made to die, so that a test can prove what comes after. */
export type FaultPoint =
  | "after-claim"
  | "after-rows"
  | "during-upload"
  | "after-upload"
  | "after-proof"
  | "after-description"
  | "before-commit"
  | "after-commit"
  | "during-deletion";

/**
 * Kills this process, as a power cut would, when HOLDFAST_FAULT_POINT names the place. A parameter for tests only; without it nothing happens.
 */
export async function faultPoint(name: FaultPoint): Promise<void> {
  if (process.env["HOLDFAST_FAULT_POINT"] !== name) return;
  process.kill(process.pid, "SIGKILL");
  await new Promise(() => undefined);
}
