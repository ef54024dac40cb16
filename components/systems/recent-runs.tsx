"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { RunsTable } from "#components/runs/runs-table.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { type Page, useApiQuery } from "#components/shared/use-api.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Section } from "#components/ui/page-header.tsx";
import { SkeletonRows } from "#components/ui/skeleton.tsx";
import type { RunDto } from "#lib/runs/schemas.ts";

const SHOWN = 5;

interface RecentRunsProps {
  /** Whose runs. */
  filter: { systemId: string } | { policyId: string };
  /** What will appear here. */
  children: ReactNode;
}

/** The newest runs of one system or policy, and the way to all of them. */
export function RecentRuns({ filter, children }: RecentRunsProps) {
  const path = useTenantPath();
  const query = useApiQuery<Page<RunDto>>("/runs", { ...filter, limit: SHOWN });
  const all = path(`/runs?${new URLSearchParams(filter).toString()}`);
  return (
    <Section
      title="Runs"
      action={
        query.data?.nextCursor && (
          <Link href={all} className="rounded-sm text-sm font-medium text-accent hover:underline">
            Show all its runs
          </Link>
        )
      }
    >
      <Loaded query={query} skeleton={<SkeletonRows rows={3} />}>
        {({ items }) =>
          items.length > 0 ? (
            <RunsTable runs={items} />
          ) : (
            <EmptyState title="No runs yet" level={3}>
              {children}
            </EmptyState>
          )
        }
      </Loaded>
    </Section>
  );
}
