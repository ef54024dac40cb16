"use client";

import Link from "next/link";
import { triggerWords } from "#components/runs/run-words.ts";
import { StateMark } from "#components/shared/state-mark.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Section } from "#components/ui/page-header.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import type { RunDto } from "#lib/runs/schemas.ts";

interface RunsListProps {
  title: string;
  runs: readonly RunDto[];
  /** What will appear here. */
  empty: string;
  /** Where all of it is. */
  more: { path: string; words: string };
  isUpcoming?: boolean;
}

/** A few runs in short lines. */
export function RunsList({ title, runs, empty, more, isUpcoming = false }: RunsListProps) {
  const path = useTenantPath();
  return (
    <Section
      title={title}
      action={
        <Link href={path(more.path)} className="rounded-sm text-sm text-accent hover:underline">
          {more.words}
        </Link>
      }
    >
      {runs.length === 0 ? (
        <p className="rounded-lg border border-dashed border-grey-line px-5 py-6 text-base text-muted">{empty}</p>
      ) : (
        <ul className="divide-y divide-border rounded-lg border border-border bg-surface text-sm">
          {runs.map((run) => (
            <li key={run.id} className="flex min-h-12 flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
              <StateMark state={run.status} className="w-28" />
              <Link
                href={path(`/runs/${run.id}`)}
                className="min-w-0 rounded-sm font-medium [overflow-wrap:anywhere] text-accent hover:underline max-sm:order-first max-sm:basis-full sm:flex-1"
              >
                {run.systemName}
              </Link>
              <span className="text-muted max-sm:hidden">{run.policyName ?? triggerWords[run.trigger]}</span>
              <RelativeTime
                value={isUpcoming ? run.dueAt : (run.finishedAt ?? run.startedAt ?? run.dueAt)}
                className="whitespace-nowrap text-muted max-sm:ms-auto"
              />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
