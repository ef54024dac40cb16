import { isActive, stepWords } from "#components/runs/run-words.ts";
import { type MarkedState, StateShape } from "#components/shared/state-mark.tsx";
import { formatBytes } from "#components/ui/format-bytes.ts";
import { Progress } from "#components/ui/progress.tsx";
import { type RunDto, type RunStep, runSteps } from "#lib/runs/schemas.ts";

/** What a run does, step by step: which are done, how far the present one is. Keeps its size from the first moment. */
export function RunProgress({ run }: { run: RunDto }) {
  const steps = run.progress?.steps ?? runSteps;
  const present = presentStep(run);
  return (
    <>
      {/* Only the step is said aloud; the bytes would never stop. */}
      <p role="status" className="sr-only">
        {run.status === "running" && present !== null ? stepWords[present] : ""}
      </p>
      <ol className="divide-y divide-border overflow-hidden rounded-lg border border-border bg-surface text-sm">
        {steps.map((step) => {
          const state = stateOf(run, step);
          const isPresent = state === "running";
          return (
            <li
              key={step}
              aria-current={isPresent ? "step" : undefined}
              className="flex min-h-12 flex-col justify-center gap-2 px-4 py-2.5"
            >
              <div className="flex items-center gap-3">
                <StateShape state={state} />
                <span className={state === "waiting" ? "text-muted" : "font-medium"}>{stepWords[step]}</span>
                <span className="sr-only">{stateWords[state]}</span>
                <span className="ms-auto text-end text-muted tabular-nums">{isPresent && amountWords(run)}</span>
              </div>
              {isPresent && run.progress?.percent !== undefined && (
                <Progress fraction={run.progress.percent / 100} label={stepWords[step]} />
              )}
            </li>
          );
        })}
      </ol>
    </>
  );
}

const stateWords: Partial<Record<MarkedState, string>> = {
  completed: ", done",
  running: ", under way",
  failed: ", failed",
  cancelled: ", cancelled here",
  waiting: ", not yet",
};

function stateOf(run: RunDto, step: RunStep): MarkedState {
  if (run.status === "completed" || run.status === "partial") return "completed";
  const present = presentStep(run);
  const distance = runSteps.indexOf(step) - (present === null ? -1 : runSteps.indexOf(present));
  if (distance < 0) return "completed";
  if (distance > 0 || present === null) return "waiting";
  if (isActive(run.status)) return run.status === "running" ? "running" : "waiting";
  return run.status === "cancelled" ? "cancelled" : "failed";
}

/** Where it is, or where it ended. */
function presentStep(run: RunDto): RunStep | null {
  const failed = runSteps.find((step) => step === run.failure?.step);
  return failed ?? run.progress?.step ?? (run.status === "running" ? "prepare" : null);
}

function amountWords({ progress }: RunDto): string {
  if (progress === null || (progress.bytes === 0 && progress.entries === 0)) return "";
  const entries = progress.step === "capture" && progress.entries > 0 ? `${progress.entries.toLocaleString("en-GB")} entries, ` : "";
  return `${entries}${formatBytes(progress.bytes)}`;
}
