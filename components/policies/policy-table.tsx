"use client";

import Link from "next/link";
import { nextRunOf } from "#components/policies/next-run.ts";
import { PolicyMenu } from "#components/policies/policy-menu.tsx";
import { PolicySwitch } from "#components/policies/policy-switch.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useNow } from "#components/shared/use-now.ts";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { PolicyDto } from "#lib/policies/schemas.ts";
import { describeRetention, describeSchedule } from "#lib/schedule/contract.ts";
import type { SystemDto } from "#lib/systems/schemas.ts";

/** One row a policy. */
export function PolicyTable({ policies }: { policies: readonly PolicyDto[] }) {
  const path = useTenantPath();
  const now = useNow();
  return (
    <Table aria-label="Policies">
      <TableHeader>
        <TableRow>
          <TableHead>Name</TableHead>
          <TableHead>State</TableHead>
          <TableHead>Next run</TableHead>
          <TableHead>Schedule</TableHead>
          <TableHead className="sm:max-lg:hidden">Systems</TableHead>
          <TableHead>Retention</TableHead>
          <TableHead>
            <span className="sr-only">Actions</span>
          </TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {policies.map((policy) => (
          <TableRow key={policy.id}>
            <TableCell className="max-w-80 min-w-36 font-medium [overflow-wrap:anywhere]">
              <Link href={path(`/policies/${policy.id}`)} className="rounded-sm text-accent hover:underline">
                {policy.name}
              </Link>
            </TableCell>
            <TableCell label="State">
              <PolicySwitch policy={policy} />
            </TableCell>
            <TableCell label="Next run" className="sm:whitespace-nowrap">
              <RelativeTime value={nextRunOf(policy, now)?.toISOString() ?? null} none="none" />
            </TableCell>
            <TableCell label="Schedule">{describeSchedule(policy.schedule)}</TableCell>
            <TableCell label="Systems" className="max-w-64 min-w-32 [overflow-wrap:anywhere] sm:max-lg:hidden">
              <SystemNames ids={policy.systemIds} />
            </TableCell>
            <TableCell label="Retention" className="min-w-44">
              {describeRetention(policy.retention)}
            </TableCell>
            <TableCell menu>
              <PolicyMenu policy={policy} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** The name of the only one, else how many. */
function SystemNames({ ids }: { ids: readonly string[] }) {
  const systems = useWholeList<SystemDto>("/systems");
  if (systems.isPending) return <Skeleton className="h-4 w-28" />;
  const names = (systems.data ?? []).filter(({ id }) => ids.includes(id)).map(({ name }) => name);
  if (names.length === 0) return <span className="text-muted">None</span>;
  return names.length === 1 ? names[0] : <span title={names.join(", ")}>{names.length} systems</span>;
}
