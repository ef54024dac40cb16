import { StateShape } from "#components/shared/state-mark.tsx";
import { formatDuration } from "#components/ui/format-time.ts";
import { cn } from "#components/ui/class-names.ts";
import type { ValidationResult } from "#lib/connectors/connector.ts";

interface ValidationStepsProps {
  /** Null while nothing was validated yet. */
  result: ValidationResult | null;
  /** Validate is under way. */
  pending?: boolean;
}

/** What Validate tried, step by step: done or failed, what was found, how long it took. */
export function ValidationSteps({ result, pending = false }: ValidationStepsProps) {
  if (result === null && !pending) return null;
  const failed = result?.steps.find((step) => !step.ok);
  return (
    <div className="overflow-hidden rounded-lg border border-border bg-surface text-sm">
      <p role="status" className="flex items-center gap-2 border-b border-border bg-sunken px-4 py-2.5 font-medium last:border-0">
        <StateShape state={pending ? "running" : failed || !result?.ok ? "failed" : "completed"} />
        {pending ? "Validating" : failed ? `Validation failed at: ${failed.name}` : result?.ok ? "Validation passed" : "Validation failed"}
      </p>
      {result !== null && result.steps.length > 0 && (
        <ol className={cn("divide-y divide-border", pending && "opacity-50")}>
          {result.steps.map((step) => (
            <li key={step.name} className="grid grid-cols-[auto_1fr_auto] gap-x-3 px-4 py-2.5">
              <StateShape state={step.ok ? "completed" : "failed"} className="mt-0.5" />
              <div className="flex min-w-0 flex-col gap-0.5">
                <span className="font-medium">
                  {step.name}
                  <span className="sr-only">{step.ok ? " passed" : " failed"}</span>
                </span>
                <span className="text-pretty [overflow-wrap:anywhere] text-muted">{step.detail}</span>
              </div>
              <span className="tabular text-muted">{formatDuration(step.durationMs)}</span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
