"use client";

import { OnlyOnThisMachine } from "#components/backups/only-on-this-machine.tsx";
import { KeyWarnings } from "#components/keys/key-warnings.tsx";
import { useKeys } from "#components/keys/use-keys.ts";
import { FirstSteps } from "#components/overview/first-steps.tsx";
import { OverviewFacts } from "#components/overview/overview-facts.tsx";
import { OverviewHeader } from "#components/overview/overview-header.tsx";
import { RunsList } from "#components/overview/runs-list.tsx";
import { SystemsOverview } from "#components/overview/systems-overview.tsx";
import { useCan } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { Overview } from "#lib/runs/schemas.ts";

/** Ages and promises move with the clock, without any event. */
const EVERY_MS = 60_000;

/** How everything stands, in one sentence first. */
export function OverviewScreen() {
  const overview = useApiQuery<Overview>("/overview", {}, { refetchInterval: EVERY_MS });
  return (
    <Loaded query={overview} skeleton={<OverviewSkeleton />}>
      {(present) => <Present overview={present} />}
    </Loaded>
  );
}

function Present({ overview }: { overview: Overview }) {
  const mayChoose = useCan("keys.write");
  const { keys, isUnchosen } = useKeys();
  const isFirst = isUnchosen && mayChoose;
  return (
    <>
      <OverviewHeader overview={overview} isFirst={isFirst} />
      <div className="flex flex-col gap-6 pb-10">
        {isFirst && <FirstSteps />}
        {/* The first steps are what protects the very first key. */}
        {!isFirst && <KeyWarnings keys={keys ?? []} />}
        {overview.onlyOnThisMachine && <OnlyOnThisMachine what="Some backups are" />}
        <OverviewFacts overview={overview} />
      </div>
      <SystemsOverview systems={overview.systems} />
      <div className="grid gap-x-8 lg:grid-cols-2">
        <RunsList
          title="Recent activity"
          runs={overview.recent}
          empty="Backups appear here as they are made."
          more={{ path: "/runs", words: "All runs" }}
        />
        <RunsList
          title="Coming up"
          runs={overview.upcoming}
          empty="Nothing is planned. A policy backs systems up by itself."
          more={{ path: "/policies", words: "Policies" }}
          isUpcoming
        />
      </div>
    </>
  );
}

function OverviewSkeleton() {
  return (
    <div role="status" className="flex flex-col gap-8">
      <span className="sr-only">Loading the overview</span>
      <Skeleton className="h-9 w-96 max-w-full" />
      <div className="grid gap-4 md:grid-cols-3">
        <Skeleton className="h-28" />
        <Skeleton className="h-28" />
        <Skeleton className="h-28" />
      </div>
      <Skeleton className="h-64" />
      <div className="grid gap-8 lg:grid-cols-2">
        <Skeleton className="h-64" />
        <Skeleton className="h-64" />
      </div>
    </div>
  );
}
