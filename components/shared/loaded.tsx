"use client";

import type { ReactNode } from "react";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { Button } from "#components/ui/button.tsx";
import { SkeletonRows } from "#components/ui/skeleton.tsx";
import type { ProblemError } from "#lib/http/client.ts";

interface LoadedProps<Data> {
  /** A query of use-api.ts. */
  query: { data: Data | undefined; error: ProblemError | null; refetch: () => unknown };
  /** Holds the place while loading, in the final size. */
  skeleton?: ReactNode;
  children: (data: Data) => ReactNode;
}

/** What was read; before that its skeleton, or why it could not be read. An error after the first success leaves what is there. */
export function Loaded<Data>({ query, skeleton = <SkeletonRows />, children }: LoadedProps<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error === null) return skeleton;
  return (
    <ErrorPanel
      problem={query.error}
      title={query.error.status === 404 ? "Not found" : "This could not be read"}
      action={query.error.status === 404 ? undefined : <Button onClick={() => void query.refetch()}>Try again</Button>}
    />
  );
}
