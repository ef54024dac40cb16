"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { BackUpNow } from "#components/backups/back-up-now.tsx";
import { overviewMarks, overviewSentence } from "#components/overview/overview-words.ts";
import { StateShape } from "#components/shared/state-mark.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Button } from "#components/ui/button.tsx";
import type { Overview } from "#lib/runs/schemas.ts";

interface OverviewHeaderProps {
  overview: Overview;
  /** The first steps below have the one button. */
  isFirst: boolean;
}

/** The one sentence with its mark, why, and what is to be done. */
export function OverviewHeader({ overview, isFirst }: OverviewHeaderProps) {
  const reason = overview.systems.find(({ state }) => state === overview.state && state === "attention");
  return (
    <header className="flex flex-col gap-4 pb-8 sm:flex-row sm:items-start sm:justify-between">
      <div className="flex min-w-0 gap-3">
        <StateShape state={overviewMarks[overview.state]} className="mt-1.5 size-6" />
        <div className="flex min-w-0 flex-col gap-1.5">
          <h1 className="text-xl font-semibold tracking-[-0.015em]">{overviewSentence(overview)}</h1>
          <p className="max-w-prose text-base text-pretty [overflow-wrap:anywhere] text-muted">
            {reason?.reason ? `${reason.name}: ${reason.reason}` : countWords(overview)}
          </p>
        </div>
      </div>
      {!isFirst && (
        <div className="flex shrink-0 flex-wrap gap-3">
          <WhatToDo overview={overview} />
        </div>
      )}
    </header>
  );
}

function WhatToDo({ overview }: { overview: Overview }): ReactNode {
  const path = useTenantPath();
  if (overview.state === "waiting") return <BackUpNow />;
  if (overview.state !== "attention") return <BackUpNow primary={false} />;
  const inNeed = overview.systems.filter(({ state }) => state === "attention");
  const [only] = inNeed;
  const href = inNeed.length === 1 && only ? `/systems/${only.id}` : "/runs?status=failed,partial";
  return (
    <Button asChild variant="primary">
      <Link href={path(href)}>Look at what is wrong</Link>
    </Button>
  );
}

function countWords({ counts }: Overview): string {
  const words = (count: number, noun: string) => `${count.toLocaleString("en-GB")} ${noun}${count === 1 ? "" : "s"}`;
  return `${words(counts.systems, "system")}, ${words(counts.backups, "backup")}, ${words(counts.destinations, "destination")}.`;
}
