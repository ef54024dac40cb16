"use client";

import Link from "next/link";
import { triggerWords } from "#components/runs/run-words.ts";
import { StateMark } from "#components/shared/state-mark.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { formatDuration } from "#components/ui/format-time.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { RunDto } from "#lib/runs/schemas.ts";

/** Runs, newest first. */
export function RunsTable({ runs }: { runs: readonly RunDto[] }) {
  const path = useTenantPath();
  return (
    <Table aria-label="Runs">
      <TableHeader>
        <TableRow>
          <TableHead>System</TableHead>
          <TableHead>State</TableHead>
          <TableHead>When</TableHead>
          <TableHead>Why</TableHead>
          <TableHead numeric>Took</TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {runs.map((run) => (
          <TableRow key={run.id}>
            <TableCell>
              <Link href={path(`/runs/${run.id}`)} className="rounded-sm font-medium text-accent hover:underline">
                {run.systemName}
              </Link>
            </TableCell>
            <TableCell label="State">
              <StateMark state={run.status} />
            </TableCell>
            <TableCell label="When" className="whitespace-nowrap">
              <RelativeTime value={run.startedAt ?? run.dueAt} />
            </TableCell>
            <TableCell label="Why" className="text-muted">
              {run.trigger === "schedule" && run.policyName !== null ? run.policyName : triggerWords[run.trigger]}
            </TableCell>
            <TableCell label="Took" numeric className="text-muted tabular-nums">
              {tookWords(run)}
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** How long it ran; a dash for what has not ended or never began. */
export function tookWords({ startedAt, finishedAt }: Pick<RunDto, "startedAt" | "finishedAt">): string {
  return startedAt === null || finishedAt === null ? "–" : formatDuration(Date.parse(finishedAt) - Date.parse(startedAt));
}
