import type { ReactNode } from "react";
import { cn } from "#components/ui/class-names.ts";
import { type Tone, toneSolid } from "#components/ui/tone.ts";

export type MarkedState = "completed" | "partial" | "failed" | "missed" | "running" | "queued" | "scheduled" | "waiting" | "cancelled";

interface StateMarkProps {
  state: MarkedState;
  /** Other words for this state: "Proven", "Awaiting approval", "Backed up, with 2 warnings". */
  label?: ReactNode;
  /** Larger, for the one sentence on top of a page. */
  large?: boolean;
  className?: string;
}

/** A state: always word, shape and colour together. */
export function StateMark({ state, label, large = false, className }: StateMarkProps) {
  return (
    <span className={cn("inline-flex items-center align-bottom", large ? "gap-3 text-xl font-semibold" : "gap-2 text-sm", className)}>
      <StateShape state={state} className={large ? "size-7" : "size-4"} />
      <span>{label ?? stateWords[state]}</span>
    </span>
  );
}

/** The shape alone, for places where the word stands elsewhere. Hidden from assistive technology. */
export function StateShape({ state, className }: { state: MarkedState; className?: string }) {
  const { shape, tone } = looks[state];
  return (
    <svg aria-hidden viewBox="0 0 16 16" fill="none" strokeLinecap="round" className={cn("size-4 shrink-0", toneSolid[tone], className)}>
      {shape}
    </svg>
  );
}

const stateWords: Record<MarkedState, string> = {
  completed: "Completed",
  partial: "Partial",
  failed: "Failed",
  missed: "Missed",
  running: "Running",
  queued: "Queued",
  scheduled: "Scheduled",
  waiting: "Waiting",
  cancelled: "Cancelled",
};

const hollowCircle = <circle cx="8" cy="8" r="5.75" stroke="currentColor" strokeWidth="1.75" />;

const looks: Record<MarkedState, { tone: Tone; shape: ReactNode }> = {
  completed: {
    tone: "green",
    shape: (
      <>
        <circle cx="8" cy="8" r="7" fill="currentColor" />
        <path d="m4.9 8.2 2.1 2.1 4.1-4.4" className="stroke-surface" strokeWidth="1.75" strokeLinejoin="round" />
      </>
    ),
  },
  partial: {
    tone: "amber",
    shape: (
      <>
        <path d="M8 1.9 14.6 13.6H1.4Z" fill="currentColor" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
        <path d="M8 6.2v3.4M8 11.8v.1" className="stroke-surface" strokeWidth="1.6" />
      </>
    ),
  },
  failed: {
    tone: "red",
    shape: (
      <>
        <rect x="1.5" y="1.5" width="13" height="13" rx="2" fill="currentColor" />
        <path d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2" className="stroke-surface" strokeWidth="1.75" />
      </>
    ),
  },
  missed: {
    tone: "violet",
    shape: (
      <rect
        x="2"
        y="2"
        width="12"
        height="12"
        rx="1.5"
        stroke="currentColor"
        strokeWidth="1.75"
        strokeLinecap="butt"
        strokeDasharray="3 2.4"
      />
    ),
  },
  running: {
    tone: "blue",
    shape: (
      <g className="origin-center motion-safe:animate-turn">
        <circle cx="8" cy="8" r="5.75" stroke="currentColor" strokeWidth="2" opacity="0.3" />
        <path d="M8 2.25A5.75 5.75 0 0 1 13.75 8" stroke="currentColor" strokeWidth="2" />
      </g>
    ),
  },
  queued: { tone: "grey", shape: hollowCircle },
  scheduled: { tone: "grey", shape: hollowCircle },
  waiting: { tone: "grey", shape: hollowCircle },
  cancelled: {
    tone: "grey",
    shape: (
      <>
        {hollowCircle}
        <path d="M4.2 11.8 11.8 4.2" stroke="currentColor" strokeWidth="1.75" strokeLinecap="butt" />
      </>
    ),
  },
};
