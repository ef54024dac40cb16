"use client";

import { CalendarClock, Plus } from "lucide-react";
import Link from "next/link";
import { PolicyTable } from "#components/policies/policy-table.tsx";
import { AskButton, Can } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { OlderButton } from "#components/shared/older-button.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiList } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import type { PolicyDto } from "#lib/policies/schemas.ts";

/** All policies, each as a sentence about when and for how long. */
export function PoliciesScreen() {
  const list = useApiList<PolicyDto>("/policies");
  return (
    <Permitted permission="policies.read">
      <PageHeader
        title="Policies"
        purpose="Which systems are backed up, when, where to, and how long backups stay."
        action={<NewPolicyButton primary />}
      />
      <Loaded query={list}>
        {(policies) =>
          policies.length === 0 ? (
            <EmptyState icon={CalendarClock} title="No policies yet" action={<NewPolicyButton />}>
              Each policy appears here with its schedule, its next run and what it keeps. Without one, backups are made only by hand.
            </EmptyState>
          ) : (
            <>
              <PolicyTable policies={policies} />
              <OlderButton list={list} />
            </>
          )
        }
      </Loaded>
    </Permitted>
  );
}

function NewPolicyButton({ primary = false }: { primary?: boolean }) {
  const path = useTenantPath();
  return (
    <Can permission="policies.write" fallback={<AskButton permission="policies.write">Create a policy</AskButton>}>
      <Button asChild variant={primary ? "primary" : "secondary"}>
        <Link href={path("/policies/new")}>
          <Plus aria-hidden />
          Create a policy
        </Link>
      </Button>
    </Can>
  );
}
