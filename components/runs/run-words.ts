import type { RunDto, RunStatus, RunStep, RunTrigger } from "#lib/runs/schemas.ts";

export const triggerWords: Record<RunTrigger, string> = {
  schedule: "On schedule",
  change: "After a change",
  person: "By hand",
  safety: "Before a restore",
};

export const stepWords: Record<RunStep, string> = {
  prepare: "Prepare",
  capture: "Capture and encrypt",
  store: "Store",
  prove: "Fetch back and prove",
  finish: "Finish",
};

/** The step that a failure names, as a person would say it. */
export function failedStepWords(step: string): string {
  if (step === "wait") return "while waiting to begin";
  return step in stepWords ? `at the step “${stepWords[step as RunStep]}”` : `at the step “${step}”`;
}

/** Whether a run still changes by itself. */
export function isActive(status: RunStatus): boolean {
  return status === "scheduled" || status === "queued" || status === "running";
}

/** Whether a run may be cancelled now. */
export function isCancellable(run: Pick<RunDto, "status" | "cancelRequestedAt">): boolean {
  return isActive(run.status) && run.cancelRequestedAt === null;
}

/** Whether a run ended without a whole backup, so that trying again makes sense. */
export function isRetryable(status: RunStatus): boolean {
  return status === "failed" || status === "partial" || status === "cancelled" || status === "missed";
}

/** How far a running run is, between 0 and 1; null while nobody can know. Each step counts the same. */
export function runFraction(run: Pick<RunDto, "status" | "progress">): number | null {
  if (run.status === "completed" || run.status === "partial") return 1;
  if (run.progress === null) return null;
  const { step, steps, percent = 0 } = run.progress;
  return (steps.indexOf(step) + percent / 100) / steps.length;
}
