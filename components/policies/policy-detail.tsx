"use client";

import { useRouter } from "next/navigation";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { PolicyFacts } from "#components/policies/policy-facts.tsx";
import { PolicyMenu } from "#components/policies/policy-menu.tsx";
import { PolicySwitch } from "#components/policies/policy-switch.tsx";
import { useRunPolicy } from "#components/policies/use-run-policy.ts";
import { AskButton, Can } from "#components/shared/can.tsx";
import { DetailSkeleton } from "#components/shared/detail-skeleton.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import { RecentRuns } from "#components/systems/recent-runs.tsx";
import { Button } from "#components/ui/button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import type { PolicyDto } from "#lib/policies/schemas.ts";

/** One policy: what it promises, when it runs next, and how its runs went. */
export function PolicyDetail({ id }: { id: string }) {
  const path = useTenantPath();
  const router = useRouter();
  const query = useApiQuery<PolicyDto>(`/policies/${id}`);
  return (
    <Permitted permission="policies.read">
      <Loaded query={query} skeleton={<DetailSkeleton />}>
        {(policy) => (
          <>
            <PageCrumb label={policy.name} />
            <PageHeader
              title={policy.name}
              aside={<PolicySwitch policy={policy} />}
              action={
                <>
                  <PolicyMenu policy={policy} onDeleted={() => router.push(path("/policies"))} />
                  <RunNow policy={policy} />
                </>
              }
            />
            <PolicyFacts policy={policy} />
            <RecentRuns filter={{ policyId: id }}>Each run that this policy starts appears here, one for each of its systems.</RecentRuns>
          </>
        )}
      </Loaded>
    </Permitted>
  );
}

function RunNow({ policy }: { policy: PolicyDto }) {
  const { start, pending } = useRunPolicy(policy);
  return (
    <Can permission="runs.start" fallback={<AskButton permission="runs.start">Run policy now</AskButton>}>
      <Button variant="primary" pending={pending} onClick={start}>
        Run policy now
      </Button>
    </Can>
  );
}
