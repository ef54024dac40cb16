"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { DestinationMenu } from "#components/destinations/destination-menu.tsx";
import { DestinationState } from "#components/destinations/destination-table.tsx";
import { AskButton, Can } from "#components/shared/can.tsx";
import { ConfigFacts } from "#components/shared/config-facts.tsx";
import { ConnectionSection } from "#components/shared/connection-section.tsx";
import { DetailSkeleton } from "#components/shared/detail-skeleton.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { Warnings } from "#components/shared/set-up-text.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import { useConnectors } from "#components/shared/use-connectors.ts";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { Button } from "#components/ui/button.tsx";
import { Card, CardContent } from "#components/ui/card.tsx";
import { Description, DescriptionList } from "#components/ui/description-list.tsx";
import { Mono } from "#components/ui/mono.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { DestinationDto } from "#lib/destinations/schemas.ts";
import type { PolicyDto } from "#lib/policies/schemas.ts";

/** One destination: where it is, what lies there, who writes there. */
export function DestinationDetail({ id }: { id: string }) {
  const path = useTenantPath();
  const router = useRouter();
  const query = useApiQuery<DestinationDto>(`/destinations/${id}`);
  return (
    <Permitted permission="destinations.read">
      <Loaded query={query} skeleton={<DetailSkeleton />}>
        {(destination) => (
          <>
            <PageCrumb label={destination.name} />
            <PageHeader
              title={destination.name}
              aside={<DestinationState destination={destination} />}
              action={
                <>
                  <DestinationMenu destination={destination} onDeleted={() => router.push(path("/destinations"))} />
                  <EditButton id={id} />
                </>
              }
            />
            <Facts destination={destination} />
            <Connection destination={destination} />
          </>
        )}
      </Loaded>
    </Permitted>
  );
}

function EditButton({ id }: { id: string }) {
  const path = useTenantPath();
  return (
    <Can permission="destinations.write" fallback={<AskButton permission="destinations.write">Edit destination</AskButton>}>
      <Button asChild variant="primary">
        <Link href={path(`/destinations/${id}/edit`)}>Edit destination</Link>
      </Button>
    </Can>
  );
}

function Connection({ destination }: { destination: DestinationDto }) {
  const connectors = useConnectors();
  const connector = connectors.data?.destinations.find(({ kind }) => kind === destination.kind);
  return (
    <ConnectionSection noun="destination" id={destination.id}>
      <Warnings sentences={destination.warnings} />
      <Card>
        <CardContent>
          <DescriptionList>
            <Description term="Kind">
              {connectors.isPending ? <Skeleton className="w-32" /> : (connector?.label ?? destination.kind)}
            </Description>
            {connector && <ConfigFacts fields={connector.fields} config={destination.config} storedSecrets={destination.storedSecrets} />}
            <Description term="Connected">
              <RelativeTime value={destination.createdAt} />
            </Description>
            <Description term="Id">
              <Mono value={destination.id} what="destination id" />
            </Description>
          </DescriptionList>
        </CardContent>
      </Card>
    </ConnectionSection>
  );
}

function Facts({ destination }: { destination: DestinationDto }) {
  return (
    <Card className="mb-10">
      <CardContent>
        <DescriptionList>
          <Description term="Copies that lie there">{destination.copyCount}</Description>
          <Description term="Policies that write there">
            <Writers destinationId={destination.id} />
          </Description>
        </DescriptionList>
      </CardContent>
    </Card>
  );
}

function Writers({ destinationId }: { destinationId: string }) {
  const path = useTenantPath();
  const policies = useWholeList<PolicyDto>("/policies");
  if (policies.isPending) return <Skeleton className="w-32" />;
  const writers = (policies.data ?? []).filter((policy) => policy.destinationIds.includes(destinationId));
  if (writers.length === 0) return "None yet. Add it to a policy to have backups written there.";
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1">
      {writers.map((policy) => (
        <li key={policy.id}>
          <Link href={path(`/policies/${policy.id}`)} className="rounded-sm text-accent hover:underline">
            {policy.name}
          </Link>
          {!policy.enabled && " (off)"}
        </li>
      ))}
    </ul>
  );
}
