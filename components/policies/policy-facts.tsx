"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { nextRunOf } from "#components/policies/next-run.ts";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useNow } from "#components/shared/use-now.ts";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { Card, CardContent } from "#components/ui/card.tsx";
import { Description, DescriptionList } from "#components/ui/description-list.tsx";
import { Mono } from "#components/ui/mono.tsx";
import { AbsoluteTime, RelativeTime } from "#components/ui/relative-time.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { PolicyDto } from "#lib/policies/schemas.ts";
import { describeRetention, describeSchedule, maximumAgeHours } from "#lib/schedule/contract.ts";

/** What a policy promises, in words. */
export function PolicyFacts({ policy }: { policy: PolicyDto }) {
  return (
    <Card className="mb-10">
      <CardContent>
        <DescriptionList>
          <Description term="Schedule">{describeSchedule(policy.schedule)}</Description>
          <Description term="Next run">
            <NextRun policy={policy} />
          </Description>
          <Description term="Promise">
            The newest backup of each system is never older than {maximumAgeHours(policy.schedule)} hours.
          </Description>
          {policy.onChange && <Description term="After changes">Within five minutes of a change in this tenant, too.</Description>}
          <Description term="Retention">
            {describeRetention(policy.retention)}, of each system. The newest good one always stays.
          </Description>
          <Description term="Systems">
            <Names kind="systems" ids={policy.systemIds} />
          </Description>
          <Description term="Destinations">
            <Names kind="destinations" ids={policy.destinationIds} />
          </Description>
          <Description term="A run that fails">
            {policy.attempts === 1 ? "Counts as failed at once." : `Is tried ${policy.attempts} times before it counts as failed.`}
          </Description>
          <Description term="A run that is late">
            Counts as on time for {policy.windowMinutes} minutes; after Holdfast was off,{" "}
            {policy.catchUp === "latest" ? "the last missed one is made up for." : "what was missed stays missed."}
          </Description>
          <Description term="Created">
            <RelativeTime value={policy.createdAt} />
          </Description>
          <Description term="Id">
            <Mono value={policy.id} what="policy id" />
          </Description>
        </DescriptionList>
      </CardContent>
    </Card>
  );
}

function NextRun({ policy }: { policy: PolicyDto }) {
  const due = nextRunOf(policy, useNow())?.toISOString();
  if (due === undefined) return policy.enabled ? "None: it covers no system." : "None: the policy is off.";
  return (
    <>
      <RelativeTime value={due} />, <AbsoluteTime value={due} />
    </>
  );
}

function Names({ kind, ids }: { kind: "systems" | "destinations"; ids: readonly string[] }): ReactNode {
  const path = useTenantPath();
  const things = useWholeList<{ id: string; name: string }>(`/${kind}`);
  if (things.isPending) return <Skeleton className="w-40" />;
  const named = (things.data ?? []).filter(({ id }) => ids.includes(id));
  if (named.length === 0) return "None";
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1">
      {named.map(({ id, name }) => (
        <li key={id}>
          <Link href={path(`/${kind}/${id}`)} className="rounded-sm text-accent hover:underline">
            {name}
          </Link>
        </li>
      ))}
    </ul>
  );
}
