"use client";

import { ConfigFacts } from "#components/shared/config-facts.tsx";
import { useConnectors } from "#components/shared/use-connectors.ts";
import { NextRun } from "#components/systems/system-table.tsx";
import { Card, CardContent } from "#components/ui/card.tsx";
import { Description, DescriptionList } from "#components/ui/description-list.tsx";
import { Mono } from "#components/ui/mono.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { SystemDto } from "#lib/systems/schemas.ts";

/** What is known about a system, and what a backup of it never holds. */
export function SystemFacts({ system }: { system: SystemDto }) {
  const connectors = useConnectors();
  const connector = connectors.data?.systems.find(({ kind }) => kind === system.kind);
  return (
    <Card className="mb-10">
      <CardContent>
        <DescriptionList>
          <Description term="Newest backup">
            <RelativeTime value={system.lastBackup?.createdAt ?? null} none="none yet" />
          </Description>
          <Description term="Next run">
            <NextRun systemId={system.id} />
          </Description>
          <Description term="Kind">{connectors.isPending ? <Skeleton className="w-32" /> : (connector?.label ?? system.kind)}</Description>
          {system.version !== null && <Description term="Version">{system.version}</Description>}
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
  );
}
