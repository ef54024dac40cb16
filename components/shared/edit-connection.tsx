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
import type { SystemDto } from "#lib/systems/schemas.ts";

interface EditConnectionProps {
  noun: "system" | "destination";
  id: string;
}

/** Changes the name or the connection of a system or destination. */
export function EditConnection({ noun, id }: EditConnectionProps) {
  const query = useApiQuery<SystemDto | DestinationDto>(`/${noun}s/${id}`);
  return (
    <Permitted permission={`${noun}s.write`}>
      <Loaded query={query} skeleton={<DetailSkeleton />}>
        {(stored) => <Edit noun={noun} stored={stored} />}
      </Loaded>
    </Permitted>
  );
}

function Edit({ noun, stored }: { noun: EditConnectionProps["noun"]; stored: SystemDto | DestinationDto }) {
  const path = useTenantPath();
  const router = useRouter();
  const connectors = useConnectors();
  const href = path(`/${noun}s/${stored.id}`);
  return (
    <>
      <PageCrumb label="Edit" parent={{ label: stored.name, href }} />
      <PageHeader
        title={`Edit “${stored.name}”`}
        purpose="A changed connection is tried before it is saved, here and again on the server."
      />
      <Loaded query={connectors}>
        {(known) => {
          const connector = known[`${noun}s`].find(({ kind }) => kind === stored.kind);
          if (!connector) return <ErrorPanel problem={{ detail: `This installation has no connector of the kind “${stored.kind}”.` }} />;
          return (
            <ConnectionForm
              noun={noun}
              connector={connector}
              stored={stored}
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
