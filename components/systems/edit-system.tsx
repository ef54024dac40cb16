"use client";

import { useRouter } from "next/navigation";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { ConnectionForm } from "#components/shared/connection-form.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { DetailSkeleton } from "#components/shared/detail-skeleton.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import { useConnectors } from "#components/shared/use-connectors.ts";
import { PageHeader } from "#components/ui/page-header.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { SystemDto } from "#lib/systems/schemas.ts";

/** Changes a system's name or connection. */
export function EditSystem({ id }: { id: string }) {
  const query = useApiQuery<SystemDto>(`/systems/${id}`);
  return (
    <Permitted permission="systems.write">
      <Loaded query={query} skeleton={<DetailSkeleton />}>
        {(system) => <Edit system={system} />}
      </Loaded>
    </Permitted>
  );
}

function Edit({ system }: { system: SystemDto }) {
  const path = useTenantPath();
  const router = useRouter();
  const connectors = useConnectors();
  const href = path(`/systems/${system.id}`);
  return (
    <>
      <PageCrumb label="Edit" parent={{ label: system.name, href }} />
      <PageHeader
        title={`Edit “${system.name}”`}
        purpose="A changed connection is tried before it is saved, here and again on the server."
      />
      <Loaded query={connectors}>
        {({ systems }) => {
          const connector = systems.find(({ kind }) => kind === system.kind);
          if (!connector) return <ErrorPanel problem={{ detail: `This installation has no connector of the kind “${system.kind}”.` }} />;
          return (
            <ConnectionForm
              noun="system"
              connector={connector}
              stored={system}
              cancelHref={href}
              onSaved={({ name }) => {
                toast.success(`“${name}” is saved.`);
                router.push(href);
              }}
            />
          );
        }}
      </Loaded>
    </>
  );
}
