"use client";

import { Server } from "lucide-react";
import Link from "next/link";
import { overviewMarks, promiseWords, systemStateWords } from "#components/overview/overview-words.ts";
import { AskButton, Can } from "#components/shared/can.tsx";
import { DayStrip } from "#components/shared/day-strip.tsx";
import { StateMark } from "#components/shared/state-mark.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useConnectors } from "#components/shared/use-connectors.ts";
import { Button } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Section } from "#components/ui/page-header.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { OverviewSystem } from "#lib/runs/schemas.ts";

/** A row for each system: how it stands, its last 30 days, the age of its newest backup against its promise. */
export function SystemsOverview({ systems }: { systems: readonly OverviewSystem[] }) {
  const path = useTenantPath();
  return (
    <Section
      title="Systems"
      action={
        <Link href={path("/systems")} className="rounded-sm text-sm text-accent hover:underline">
          All systems
        </Link>
      }
    >
      {systems.length === 0 ? <NoSystems /> : <SystemsTable systems={systems} />}
    </Section>
  );
}

function SystemsTable({ systems }: { systems: readonly OverviewSystem[] }) {
  const path = useTenantPath();
  return (
    <Table aria-label="Systems">
      <TableHeader>
        <TableRow>
          <TableHead>Name</TableHead>
          <TableHead>State</TableHead>
          <TableHead className="w-2/5">Last 30 days</TableHead>
          <TableHead numeric>Newest backup</TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {systems.map((system) => (
          <TableRow key={system.id}>
            <TableCell className="max-w-72 [overflow-wrap:anywhere]">
              <Link href={path(`/systems/${system.id}`)} className="rounded-sm font-medium text-accent hover:underline">
                {system.name}
              </Link>
              <KindOf system={system} />
            </TableCell>
            <TableCell label="State" stack className="max-w-80 sm:min-w-40">
              <StateMark state={overviewMarks[system.state]} label={systemStateWords[system.state]} />
              {system.reason !== null && <p className="ps-6 text-pretty text-muted">{system.reason}</p>}
            </TableCell>
            <TableCell label="Last 30 days" stack>
              <DayStrip days={system.strip} label={`${system.name}, last 30 days`} />
            </TableCell>
            <TableCell label="Newest backup" numeric>
              <span className="flex flex-col">
                <RelativeTime value={system.lastBackupAt} none="none yet" />
                <span className="whitespace-nowrap text-muted">
                  {system.promiseHours === null ? "no policy" : promiseWords(system.promiseHours)}
                </span>
              </span>
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** What kind it is, where its name does not say that already. */
function KindOf({ system: { kind, name } }: { system: OverviewSystem }) {
  const connectors = useConnectors();
  if (connectors.isPending) return <Skeleton className="mt-1 h-4 w-32" />;
  const label = connectors.data?.systems.find((connector) => connector.kind === kind)?.label ?? kind;
  return label === name ? null : <span className="block text-muted">{label}</span>;
}

function NoSystems() {
  const path = useTenantPath();
  return (
    <EmptyState
      icon={Server}
      title="No systems yet"
      level={3}
      action={
        <Can permission="systems.write" fallback={<AskButton permission="systems.write">Connect a system</AskButton>}>
          <Button asChild>
            <Link href={path("/systems/new")}>Connect a system</Link>
          </Button>
        </Can>
      }
    >
      Each system appears here with its last 30 days.
    </EmptyState>
  );
}
