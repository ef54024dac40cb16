import type { MarkedState } from "#components/shared/state-mark.tsx";
import type { Overview, OverviewState } from "#lib/runs/schemas.ts";

export const overviewMarks: Record<OverviewState, MarkedState> = {
  proven: "completed",
  warnings: "partial",
  attention: "failed",
  running: "running",
  waiting: "waiting",
};

/** A system's state in its row. */
export const systemStateWords: Record<OverviewState, string> = {
  proven: "Backed up and proven",
  warnings: "Backed up, with a warning",
  attention: "Needs attention",
  running: "Backing up now",
  waiting: "Waiting for its first backup",
};

/** The one sentence on the state of everything. */
export function overviewSentence({ state, counts }: Pick<Overview, "state" | "counts">): string {
  switch (state) {
    case "proven":
      return "Everything is backed up and proven.";
    case "warnings":
      return `Backed up, with ${counts.warnings === 1 ? "1 warning" : `${counts.warnings} warnings`}.`;
    case "attention":
      return counts.attention === 1 ? "1 system needs attention." : `${counts.attention} systems need attention.`;
    case "running":
      return "Backing up now.";
    case "waiting":
      return "Waiting for the first backup.";
  }
}

/** "at most 26 hours", "at most 3 days": what the policies promise. */
export function promiseWords(promiseHours: number): string {
  if (promiseHours <= 48) return `at most ${promiseHours} hours`;
  return `at most ${Math.ceil(promiseHours / 24)} days`;
}
