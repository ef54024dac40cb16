import { Skeleton } from "#components/ui/skeleton.tsx";

/** Holds the place of one thing's page: its title, its facts, and what follows. */
export function DetailSkeleton() {
  return (
    <div role="status">
      <span className="sr-only">Loading</span>
      <Skeleton className="mb-8 h-9 w-72 max-w-full" />
      <Skeleton className="mb-10 h-36" />
      <Skeleton className="mb-4 h-7 w-40" />
      <Skeleton className="h-44" />
    </div>
  );
}
