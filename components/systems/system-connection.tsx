"use client";

import { ConfigFacts } from "#components/shared/config-facts.tsx";
import { ConnectionSection } from "#components/shared/connection-section.tsx";
import { useConnectors } from "#components/shared/use-connectors.ts";
import { Card, CardContent } from "#components/ui/card.tsx";
import { Description, DescriptionList } from "#components/ui/description-list.tsx";
import { Mono } from "#components/ui/mono.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { SystemDto } from "#lib/systems/schemas.ts";

/** How a system is connected, and what a backup of it never holds. */
export function SystemConnection({ system }: { system: SystemDto }) {
  const connectors = useConnectors();
  const connector = connectors.data?.systems.find(({ kind }) => kind === system.kind);
  return (
    <ConnectionSection noun="system" id={system.id}>
      <Card>
        <CardContent>
          <DescriptionList>
            <Description term="Kind">
              {connectors.isPending ? <Skeleton className="w-32" /> : (connector?.label ?? system.kind)}
            </Description>
            {connector && <ConfigFacts fields={connector.fields} config={system.config} storedSecrets={system.storedSecrets} />}
            {connector && connector.notInBackup.length > 0 && (
              <Description term="Not in its backups">
                <ul className="list-disc ps-4">
                  {connector.notInBackup.map((phrase) => (
                    <li key={phrase}>{phrase}</li>
                  ))}
                </ul>
              </Description>
            )}
            <Description term="Connected">
              <RelativeTime value={system.createdAt} />
            </Description>
            <Description term="Id">
              <Mono value={system.id} what="system id" />
            </Description>
          </DescriptionList>
        </CardContent>
      </Card>
    </ConnectionSection>
  );
}
