"use client";

import { Progress as Primitive } from "radix-ui";
import { cn } from "#components/ui/class-names.ts";

interface ProgressProps {
  /** Between 0 and 1, or null while nobody can know. */
  fraction: number | null;
  /** What is under way, for screen readers. */
  label: string;
  className?: string;
}

/** How far something has come. */
export function Progress({ fraction, label, className }: ProgressProps) {
  const percent = fraction === null ? null : Math.round(Math.min(1, Math.max(0, fraction)) * 100);
  return (
    <Primitive.Root value={percent} aria-label={label} className={cn("h-1.5 w-full overflow-hidden rounded-full bg-grey-soft", className)}>
      <Primitive.Indicator
        className={cn("h-full rounded-full bg-blue transition-[width] duration-300", percent === null && "motion-safe:animate-breathe")}
        style={{ width: percent === null ? "100%" : `${percent}%` }}
      />
    </Primitive.Root>
  );
}
