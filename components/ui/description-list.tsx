import type { ReactNode } from "react";
import { cn } from "#components/ui/class-names.ts";

/** Facts about one thing, name beside value. */
export function DescriptionList({ className, children }: { className?: string; children: ReactNode }) {
  return <dl className={cn("divide-y divide-border text-sm", className)}>{children}</dl>;
}

export function Description({ term, children }: { term: ReactNode; children: ReactNode }) {
  return (
    <div className="grid gap-x-6 gap-y-1 py-2.5 first:pt-0 last:pb-0 sm:grid-cols-[minmax(9rem,14rem)_1fr]">
      <dt className="text-muted">{term}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere]">{children}</dd>
    </div>
  );
}
