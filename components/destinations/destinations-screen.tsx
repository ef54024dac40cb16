"use client";

import { HardDrive, Plus } from "lucide-react";
import Link from "next/link";
import { DestinationTable } from "#components/destinations/destination-table.tsx";
import { AskButton, Can } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { OlderButton } from "#components/shared/older-button.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiList } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import type { DestinationDto } from "#lib/destinations/schemas.ts";

/** All places that keep backups. */
export function DestinationsScreen() {
  const list = useApiList<DestinationDto>("/destinations");
  return (
    <Permitted permission="destinations.read">
      <PageHeader
        title="Destinations"
        purpose="Where backups are kept. A backup may have a copy in each of several."
        action={<ConnectDestination primary />}
      />
      <Loaded query={list}>
        {(destinations) =>
          destinations.length === 0 ? (
            <EmptyState icon={HardDrive} title="No destinations yet" action={<ConnectDestination />}>
              Each folder or bucket that keeps backups appears here, with the number of copies in it.
            </EmptyState>
          ) : (
            <div className="flex flex-col gap-6">
              {destinations.every(({ kind }) => kind === "local") && !list.hasNextPage && <OnlyHere />}
              <DestinationTable destinations={destinations} />
              <OlderButton list={list} />
            </div>
          )
        }
      </Loaded>
    </Permitted>
  );
}

/** Until there is a second place, losing the machine loses everything (UIP-13). */
function OnlyHere() {
  return (
    <Callout kind="warning" title="Everything is only on this machine">
      If the machine that runs Holdfast is lost, the backups are lost with it. Connect a destination elsewhere, then add it to your
      policies.
    </Callout>
  );
}

function ConnectDestination({ primary = false }: { primary?: boolean }) {
  const path = useTenantPath();
  return (
    <Can permission="destinations.write" fallback={<AskButton permission="destinations.write">Connect a destination</AskButton>}>
      <Button asChild variant={primary ? "primary" : "secondary"}>
        <Link href={path("/destinations/new")}>
          <Plus aria-hidden />
          Connect a destination
        </Link>
      </Button>
    </Can>
  );
}
