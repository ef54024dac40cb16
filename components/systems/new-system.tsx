"use client";

import { useRouter } from "next/navigation";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { ConnectionForm } from "#components/shared/connection-form.tsx";
import { KindChooser } from "#components/shared/kind-chooser.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useConnectors } from "#components/shared/use-connectors.ts";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { PageHeader } from "#components/ui/page-header.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { ConnectorDto, SystemDto } from "#lib/systems/schemas.ts";

/** Connects a system: first its kind, then its form. */
export function NewSystem({ kind }: { kind: string | null }) {
  const connectors = useConnectors();
  const chosen = connectors.data?.systems.find((connector) => connector.kind === kind);
  return (
    <Permitted permission="systems.write">
      <PageCrumb label="Connect a system" />
      <PageHeader
        title={chosen ? `Connect: ${chosen.label}` : "Connect a system"}
        purpose={chosen ? chosen.description : "Choose what kind of system it is."}
      />
      <Loaded query={connectors}>{({ systems }) => (chosen ? <Connect connector={chosen} /> : <Choose systems={systems} />)}</Loaded>
    </Permitted>
  );
}

function Choose({ systems }: { systems: readonly ConnectorDto[] }) {
  const path = useTenantPath();
  const own = useWholeList<SystemDto>("/systems").data?.find((system) => system.kind === "tenant-configuration");
  const taken = own ? { [own.kind]: `Connected already, as “${own.name}”.` } : {};
  return <KindChooser connectors={systems} hrefOf={(kind) => path(`/systems/new?kind=${encodeURIComponent(kind)}`)} taken={taken} />;
}

function Connect({ connector }: { connector: ConnectorDto }) {
  const path = useTenantPath();
  const router = useRouter();
  return (
    <ConnectionForm
      noun="system"
      connector={connector}
      cancelHref={path("/systems/new")}
      onSaved={({ id, name }) => {
        toast.success(`“${name}” is connected.`);
        router.push(path(`/systems/${id}`));
      }}
    />
  );
}
