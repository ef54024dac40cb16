"use client";

import { useRouter } from "next/navigation";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { PolicyEditor } from "#components/policies/policy-editor.tsx";
import { DetailSkeleton } from "#components/shared/detail-skeleton.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import { PageHeader } from "#components/ui/page-header.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { PolicyDto } from "#lib/policies/schemas.ts";

/** Changes a policy. */
export function EditPolicy({ id }: { id: string }) {
  const path = useTenantPath();
  const router = useRouter();
  const query = useApiQuery<PolicyDto>(`/policies/${id}`);
  const href = path(`/policies/${id}`);
  return (
    <Permitted permission="policies.write">
      <Loaded query={query} skeleton={<DetailSkeleton />}>
        {(policy) => (
          <>
            <PageCrumb label="Edit" parent={{ label: policy.name, href }} />
            <PageHeader title={`Edit “${policy.name}”`} purpose="Runs that are planned by the old schedule are planned anew." />
            <PolicyEditor
              policy={policy}
              cancelHref={href}
              onSaved={({ name }) => {
                toast.success(`“${name}” is saved.`);
                router.push(href);
              }}
            />
          </>
        )}
      </Loaded>
    </Permitted>
  );
}
