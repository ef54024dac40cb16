"use client";

import { Plus, Server } from "lucide-react";
import Link from "next/link";
import { AskButton, Can } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { OlderButton } from "#components/shared/older-button.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiList } from "#components/shared/use-api.ts";
import { SystemTable } from "#components/systems/system-table.tsx";
import { Button } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import type { SystemDto } from "#lib/systems/schemas.ts";

/** All systems, with how they stand. */
export function SystemsScreen() {
  const list = useApiList<SystemDto>("/systems");
  return (
    <Permitted permission="systems.read">
      <PageHeader
        title="Systems"
        purpose="What is backed up: each with its newest backup and its next run."
        action={<ConnectSystem primary />}
      />
      <Loaded query={list}>
        {(systems) =>
          systems.length === 0 ? (
            <EmptyState icon={Server} title="No systems yet" action={<ConnectSystem />}>
              Each system that you connect appears here, with the age of its newest backup and when it is backed up next.
            </EmptyState>
          ) : (
            <>
              <SystemTable systems={systems} />
              <OlderButton list={list} />
            </>
          )
        }
      </Loaded>
    </Permitted>
  );
}

function ConnectSystem({ primary = false }: { primary?: boolean }) {
  const path = useTenantPath();
  return (
    <Can permission="systems.write" fallback={<AskButton permission="systems.write">Connect a system</AskButton>}>
      <Button asChild variant={primary ? "primary" : "secondary"}>
        <Link href={path("/systems/new")}>
          <Plus aria-hidden />
          Connect a system
        </Link>
      </Button>
    </Can>
  );
}
