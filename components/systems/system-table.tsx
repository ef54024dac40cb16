"use client";

import Link from "next/link";
import { nextRunOfSystem } from "#components/policies/next-run.ts";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useConnectors } from "#components/shared/use-connectors.ts";
import { useNow } from "#components/shared/use-now.ts";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { LastBackupState } from "#components/systems/last-backup-state.tsx";
import { SystemRowMenu } from "#components/systems/system-row-menu.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { PolicyDto } from "#lib/policies/schemas.ts";
import type { SystemDto } from "#lib/systems/schemas.ts";

/** One row a system. */
export function SystemTable({ systems }: { systems: readonly SystemDto[] }) {
  const path = useTenantPath();
  const connectors = useConnectors();
  const kindOf = (kind: string) => connectors.data?.systems.find((connector) => connector.kind === kind)?.label ?? kind;
  return (
    <Table aria-label="Systems">
      <TableHeader>
        <TableRow>
          <TableHead>Name</TableHead>
          <TableHead>State</TableHead>
          <TableHead>Newest backup</TableHead>
          <TableHead>Next run</TableHead>
          <TableHead>Kind</TableHead>
          <TableHead>
            <span className="sr-only">Actions</span>
          </TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {systems.map((system) => (
          <TableRow key={system.id}>
            <TableCell className="max-w-96 min-w-40 font-medium [overflow-wrap:anywhere]">
              <Link href={path(`/systems/${system.id}`)} className="rounded-sm text-accent hover:underline">
                {system.name}
              </Link>
            </TableCell>
            <TableCell label="State">
              <LastBackupState {...system} />
            </TableCell>
            <TableCell label="Newest backup">
              <RelativeTime value={system.lastBackup?.createdAt ?? null} />
            </TableCell>
            <TableCell label="Next run">
              <NextRun systemId={system.id} />
            </TableCell>
            <TableCell label="Kind" className="text-muted">
              {connectors.isPending ? <Skeleton className="h-4 w-24" /> : kindOf(system.kind)}
            </TableCell>
            <TableCell menu>
              <SystemRowMenu system={system} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** When a system is backed up next by any of its policies. */
export function NextRun({ systemId }: { systemId: string }) {
  const policies = useWholeList<PolicyDto>("/policies");
  const now = useNow();
  if (policies.isPending) return <Skeleton className="h-4 w-20" />;
  const due = nextRunOfSystem(policies.data ?? [], systemId, now);
  return <RelativeTime value={due?.toISOString() ?? null} none="not scheduled" />;
}
