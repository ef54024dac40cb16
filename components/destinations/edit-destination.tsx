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
import type { DestinationDto } from "#lib/destinations/schemas.ts";

/** Changes a destination's name or connection. */
export function EditDestination({ id }: { id: string }) {
  const query = useApiQuery<DestinationDto>(`/destinations/${id}`);
  return (
    <Permitted permission="destinations.write">
      <Loaded query={query} skeleton={<DetailSkeleton />}>
        {(destination) => <Edit destination={destination} />}
      </Loaded>
    </Permitted>
  );
}

function Edit({ destination }: { destination: DestinationDto }) {
  const path = useTenantPath();
  const router = useRouter();
  const connectors = useConnectors();
  const href = path(`/destinations/${destination.id}`);
  return (
    <>
      <PageCrumb label="Edit" parent={{ label: destination.name, href }} />
      <PageHeader
        title={`Edit “${destination.name}”`}
        purpose="A changed connection is tried before it is saved, here and again on the server."
      />
      <Loaded query={connectors}>
        {({ destinations }) => {
          const connector = destinations.find(({ kind }) => kind === destination.kind);
          if (!connector)
            return <ErrorPanel problem={{ detail: `This installation has no connector of the kind “${destination.kind}”.` }} />;
          return (
            <ConnectionForm
              noun="destination"
              connector={connector}
              stored={destination}
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
