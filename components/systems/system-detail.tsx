"use client";

import { Pencil, Unplug } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { AskButton, Can } from "#components/shared/can.tsx";
import { DetailSkeleton } from "#components/shared/detail-skeleton.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import { DeleteSystem } from "#components/systems/delete-system.tsx";
import { HeldRetention } from "#components/systems/held-retention.tsx";
import { LastBackupState } from "#components/systems/last-backup-state.tsx";
import { RecentRuns } from "#components/systems/recent-runs.tsx";
import { SystemBackups } from "#components/systems/system-backups.tsx";
import { SystemConnection } from "#components/systems/system-connection.tsx";
import { SystemFacts } from "#components/systems/system-facts.tsx";
import { SystemPolicies } from "#components/systems/system-policies.tsx";
import { useBackUpNow } from "#components/systems/use-back-up-now.ts";
import { Button } from "#components/ui/button.tsx";
import { DropdownMenuItem, RowMenu } from "#components/ui/dropdown-menu.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import type { SystemDto } from "#lib/systems/schemas.ts";

/** One system: how it stands, its backups and runs, and what is set up for it. */
export function SystemDetail({ id }: { id: string }) {
  const query = useApiQuery<SystemDto>(`/systems/${id}`);
  return (
    <Permitted permission="systems.read">
      <Loaded query={query} skeleton={<DetailSkeleton />}>
        {(system) => (
          <>
            <PageCrumb label={system.name} />
            <PageHeader title={system.name} aside={<LastBackupState {...system} />} action={<Actions system={system} />} />
            <HeldRetention systemId={id} />
            <SystemFacts system={system} />
            <SystemBackups system={system} />
            <RecentRuns filter={{ systemId: id }}>
              Each attempt to back it up appears here, with its progress and, if it failed, the reason.
            </RecentRuns>
            <SystemPolicies systemId={id} />
            <SystemConnection system={system} />
          </>
        )}
      </Loaded>
    </Permitted>
  );
}

function Actions({ system }: { system: SystemDto }) {
  const path = useTenantPath();
  const router = useRouter();
  const [deleting, setDeleting] = useState(false);
  const { start, pending } = useBackUpNow(system);
  return (
    <>
      <Can permission="systems.write">
        <RowMenu label={`Actions for ${system.name}`}>
          <DropdownMenuItem asChild>
            <Link href={path(`/systems/${system.id}/edit`)}>
              <Pencil aria-hidden /> Edit system
            </Link>
          </DropdownMenuItem>
          <Can permission="systems.delete">
            <DropdownMenuItem danger onSelect={() => setDeleting(true)}>
              <Unplug aria-hidden /> Disconnect system
            </DropdownMenuItem>
          </Can>
        </RowMenu>
      </Can>
      <Can permission="runs.start" fallback={<AskButton permission="runs.start">Back up now</AskButton>}>
        <Button variant="primary" pending={pending} onClick={start}>
          Back up now
        </Button>
      </Can>
      <DeleteSystem system={system} open={deleting} onOpenChange={setDeleting} onDeleted={() => router.push(path("/systems"))} />
    </>
  );
}
