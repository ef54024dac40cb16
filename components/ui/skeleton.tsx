import { cn } from "#components/ui/class-names.ts";

/** Holds the place of something of known size that is still loading. Give it that size. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn("h-5 rounded-md bg-grey-soft motion-safe:animate-breathe", className)} />;
}

/** Rows in the size of a table's, for lists that are loading. */
export function SkeletonRows({ rows = 5, label = "Loading" }: { rows?: number; label?: string }) {
  return (
    <div role="status" className="divide-y divide-border rounded-lg border border-border bg-surface">
      <span className="sr-only">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex h-12 items-center gap-6 px-4">
          <Skeleton className="h-4 w-1/4" />
          <Skeleton className="h-4 w-1/6" />
          <Skeleton className="ms-auto h-4 w-1/5" />
        </div>
      ))}
    </div>
  );
}
