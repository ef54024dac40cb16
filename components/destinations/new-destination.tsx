"use client";

import { useRouter } from "next/navigation";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { ConnectionForm } from "#components/shared/connection-form.tsx";
import { KindChooser } from "#components/shared/kind-chooser.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useConnectors } from "#components/shared/use-connectors.ts";
import { PageHeader } from "#components/ui/page-header.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { ConnectorDto } from "#lib/systems/schemas.ts";

/** Connects a destination: first its kind, then its form. */
export function NewDestination({ kind }: { kind: string | null }) {
  const path = useTenantPath();
  const connectors = useConnectors();
  const chosen = connectors.data?.destinations.find((connector) => connector.kind === kind);
  return (
    <Permitted permission="destinations.write">
      <PageCrumb label="Connect a destination" />
      <PageHeader
        title={chosen ? `Connect: ${chosen.label}` : "Connect a destination"}
        purpose={chosen ? chosen.description : "Choose what kind of place it is."}
      />
      <Loaded query={connectors}>
        {({ destinations }) =>
          chosen ? (
            <Connect connector={chosen} />
          ) : (
            <KindChooser connectors={destinations} hrefOf={(each) => path(`/destinations/new?kind=${encodeURIComponent(each)}`)} />
          )
        }
      </Loaded>
    </Permitted>
  );
}

function Connect({ connector }: { connector: ConnectorDto }) {
  const path = useTenantPath();
  const router = useRouter();
  return (
    <ConnectionForm
      noun="destination"
      connector={connector}
      cancelHref={path("/destinations/new")}
      onSaved={({ id, name }) => {
        toast.success(`“${name}” is connected.`, { description: "Add it to a policy to have backups written there." });
        router.push(path(`/destinations/${id}`));
      }}
    />
  );
}
