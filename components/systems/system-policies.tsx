"use client";

import Link from "next/link";
import { AskButton, Can } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { StateMark } from "#components/shared/state-mark.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { Button } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Section } from "#components/ui/page-header.tsx";
import { SkeletonRows } from "#components/ui/skeleton.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { PolicyDto } from "#lib/policies/schemas.ts";
import { describeRetention, describeSchedule } from "#lib/schedule/contract.ts";

/** The policies that cover one system. */
export function SystemPolicies({ systemId }: { systemId: string }) {
  const query = useWholeList<PolicyDto>("/policies");
  return (
    <Section title="Policies">
      <Loaded query={query} skeleton={<SkeletonRows rows={1} />}>
        {(policies) => {
          const covering = policies.filter((policy) => policy.systemIds.includes(systemId));
          return covering.length === 0 ? <NoPolicy /> : <PolicyLines policies={covering} />;
        }}
      </Loaded>
    </Section>
  );
}

function NoPolicy() {
  const path = useTenantPath();
  return (
    <EmptyState
      title="No policy covers it"
      level={3}
      action={
        <Can permission="policies.write" fallback={<AskButton permission="policies.write">Choose a policy</AskButton>}>
          <Button asChild>
            <Link href={path("/policies")}>Choose a policy</Link>
          </Button>
        </Can>
      }
    >
      It is backed up only when somebody says so. Add it to a policy to have it backed up on schedule.
    </EmptyState>
  );
}

function PolicyLines({ policies }: { policies: readonly PolicyDto[] }) {
  const path = useTenantPath();
  return (
    <Table aria-label="Policies that cover this system">
      <TableHeader>
        <TableRow>
          <TableHead>Name</TableHead>
          <TableHead>State</TableHead>
          <TableHead>Schedule</TableHead>
          <TableHead>Retention</TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {policies.map((policy) => (
          <TableRow key={policy.id}>
            <TableCell className="font-medium [overflow-wrap:anywhere]">
              <Link href={path(`/policies/${policy.id}`)} className="rounded-sm text-accent hover:underline">
                {policy.name}
              </Link>
            </TableCell>
            <TableCell label="State">
              <StateMark state={policy.enabled ? "scheduled" : "cancelled"} label={policy.enabled ? "On" : "Off"} />
            </TableCell>
            <TableCell label="Schedule">{describeSchedule(policy.schedule)}</TableCell>
            <TableCell label="Retention">{describeRetention(policy.retention)}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
