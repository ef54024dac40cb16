import { Check } from "lucide-react";
import { cn } from "#components/ui/class-names.ts";

interface StepsRailProps {
  /** Names the whole: "Restore". */
  label: string;
  steps: readonly string[];
  /** Index of the step one is on; those before it are done. `steps.length` when all are. */
  current: number;
}

/** The steps of one piece of work, always all of them. A column beside the work; a line above it on small screens. */
export function StepsRail({ label, steps, current }: StepsRailProps) {
  return (
    <nav aria-label={label} className="lg:sticky lg:top-20 lg:w-56">
      <p className="pb-3 text-sm lg:hidden">
        Step {Math.min(current + 1, steps.length)} of {steps.length}:{" "}
        <span className="font-medium">{steps[Math.min(current, steps.length - 1)]}</span>
      </p>
      <ol className="flex gap-1.5 lg:flex-col lg:gap-0">
        {steps.map((step, index) => (
          <Step key={step} name={step} number={index + 1} state={index < current ? "done" : index === current ? "current" : "ahead"} />
        ))}
      </ol>
    </nav>
  );
}

function Step({ name, number, state }: { name: string; number: number; state: "done" | "current" | "ahead" }) {
  return (
    <li
      aria-current={state === "current" ? "step" : undefined}
      className={cn(
        "relative h-1 flex-1 rounded-full text-sm lg:flex lg:h-auto lg:flex-none lg:gap-3 lg:rounded-none lg:bg-transparent lg:pb-6 lg:last:pb-0",
        "lg:not-last:before:absolute lg:not-last:before:start-3 lg:not-last:before:top-7 lg:not-last:before:bottom-1 lg:not-last:before:w-px",
        // Its colour alone would make the line a third column of the last step.
        "lg:last:before:hidden",
        state === "ahead" ? "bg-grey-line lg:before:bg-border" : "bg-accent lg:before:bg-accent",
      )}
    >
      <span
        aria-hidden
        className={cn(
          "hidden size-6 shrink-0 items-center justify-center rounded-full border text-xs font-semibold tabular-nums lg:flex",
          state === "done" && "border-accent bg-accent text-on-accent",
          state === "current" && "border-accent bg-accent-soft text-accent ring-2 ring-accent",
          state === "ahead" && "border-input text-muted",
        )}
      >
        {state === "done" ? <Check strokeWidth={3} className="size-3.5" /> : number}
      </span>
      <span className={cn("sr-only lg:not-sr-only lg:pt-0.5", state === "current" ? "font-semibold" : state === "ahead" && "text-muted")}>
        {name}
        {state === "done" && <span className="sr-only"> (done)</span>}
      </span>
    </li>
  );
}
