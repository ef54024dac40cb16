"use client";

import type { ComponentProps, ReactNode } from "react";
import { cn } from "#components/ui/class-names.ts";
import { formatDate } from "#components/ui/format-time.ts";

export type DayState = "backedUp" | "warning" | "failed" | "missed" | "running" | "beforeStart" | "none";

export interface Day {
  /** Calendar day, "2026-03-03". */
  date: string;
  state: DayState;
  /** More in words: "2 backups", "the host did not answer". */
  detail?: string | undefined;
}

/** "3 March 2026: failed, the host did not answer". */
export function dayWords(day: Day): string {
  const date = formatDate(new Date(`${day.date}T00:00:00Z`), "UTC");
  return `${date}: ${words[day.state]}${day.detail === undefined ? "" : `, ${day.detail}`}`;
}

/** One day of a strip; every state has a shape of its own beside its colour. */
export function DayCell({ day, ...props }: ComponentProps<"button"> & { day: Day }) {
  return (
    <button
      type="button"
      aria-label={dayWords(day)}
      className="group flex flex-1 items-end justify-center rounded-sm px-px outline-offset-1"
      {...props}
    >
      {bars[day.state]}
    </button>
  );
}

const words: Record<DayState, string> = {
  backedUp: "backed up",
  warning: "backed up with a warning",
  failed: "failed",
  missed: "missed",
  running: "backing up now",
  beforeStart: "before you started",
  none: "nothing was planned",
};

const bars: Record<DayState, ReactNode> = {
  backedUp: <Bar className="h-full bg-green" />,
  warning: (
    <Bar className="flex h-full flex-col">
      <Glyph className="h-2/5 text-amber" d="M0 10 5 0l5 10z" />
      <span className="rounded-b-xs -mt-px w-full flex-1 bg-amber" />
    </Bar>
  ),
  failed: (
    <Bar className="flex h-full items-center justify-center bg-red">
      <svg aria-hidden viewBox="0 0 8 8" className="w-full max-w-2 stroke-surface" strokeWidth="1.6" strokeLinecap="round">
        <path d="m1.8 1.8 4.4 4.4m0-4.4-4.4 4.4" />
      </svg>
    </Bar>
  ),
  missed: (
    <Bar className="h-full">
      <svg aria-hidden className="size-full overflow-visible stroke-violet" fill="none">
        <rect x="0.75" y="0.75" width="calc(100% - 1.5px)" height="calc(100% - 1.5px)" rx="1.5" strokeWidth="1.5" strokeDasharray="4 3" />
      </svg>
    </Bar>
  ),
  running: (
    <Bar className="flex h-full items-end border border-blue">
      <span className="h-1/2 w-full bg-blue motion-safe:animate-breathe" />
    </Bar>
  ),
  beforeStart: <Bar className="h-1 bg-grey-line" />,
  none: <Bar className="h-1/3 border border-grey-line" />,
};

function Bar({ className, children }: { className: string; children?: ReactNode }) {
  return (
    <span className={cn("block w-full max-w-2.5 rounded-[2px] transition-opacity group-hover:opacity-75", className)}>{children}</span>
  );
}

function Glyph({ className, d }: { className: string; d: string }) {
  return (
    <svg aria-hidden viewBox="0 0 10 10" preserveAspectRatio="none" className={cn("block w-full fill-current", className)}>
      <path d={d} />
    </svg>
  );
}
