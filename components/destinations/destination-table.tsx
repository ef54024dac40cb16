"use client";

import Link from "next/link";
import { DestinationMenu } from "#components/destinations/destination-menu.tsx";
import { StateMark } from "#components/shared/state-mark.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useConnectors } from "#components/shared/use-connectors.ts";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { DestinationDto } from "#lib/destinations/schemas.ts";
import type { PolicyDto } from "#lib/policies/schemas.ts";

/** One row a destination. */
export function DestinationTable({ destinations }: { destinations: readonly DestinationDto[] }) {
  const path = useTenantPath();
  const connectors = useConnectors();
  const kindOf = (kind: string) => connectors.data?.destinations.find((connector) => connector.kind === kind)?.label ?? kind;
  return (
    <Table aria-label="Destinations">
      <TableHeader>
        <TableRow>
          <TableHead>Name</TableHead>
          <TableHead>State</TableHead>
          <TableHead numeric>Copies</TableHead>
          <TableHead>Kind</TableHead>
          <TableHead>
            <span className="sr-only">Actions</span>
          </TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {destinations.map((destination) => (
          <TableRow key={destination.id}>
            <TableCell className="max-w-96 min-w-40 font-medium [overflow-wrap:anywhere]">
              <Link href={path(`/destinations/${destination.id}`)} className="rounded-sm text-accent hover:underline">
                {destination.name}
              </Link>
            </TableCell>
            <TableCell label="State">
              <DestinationState destination={destination} />
            </TableCell>
            <TableCell label="Copies" numeric>
              {destination.copyCount}
            </TableCell>
            <TableCell label="Kind" className="text-muted">
              {connectors.isPending ? <Skeleton className="h-4 w-24" /> : kindOf(destination.kind)}
            </TableCell>
            <TableCell menu>
              <DestinationMenu destination={destination} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** Whether anything is written there. */
export function DestinationState({ destination }: { destination: DestinationDto }) {
  const policies = useWholeList<PolicyDto>("/policies");
  if (!destination.connectorInstalled) return <StateMark state="failed" label="Connector missing" />;
  if (policies.isPending) return <Skeleton className="h-4 w-28" />;
  const count = (policies.data ?? []).filter((policy) => policy.enabled && policy.destinationIds.includes(destination.id)).length;
  if (count === 0) return <StateMark state="waiting" label="Used by no policy" />;
  return <StateMark state="completed" label={`Used by ${count === 1 ? "one policy" : `${count} policies`}`} />;
}
