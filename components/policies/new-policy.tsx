"use client";

import { useRouter } from "next/navigation";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { PolicyEditor } from "#components/policies/policy-editor.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { toast } from "#components/ui/toast.tsx";

/** Creates a policy. */
export function NewPolicy() {
  const path = useTenantPath();
  const router = useRouter();
  return (
    <Permitted permission="policies.write">
      <PageCrumb label="Create a policy" />
      <PageHeader title="Create a policy" purpose="Says which systems are backed up, when, where to, and how long backups stay." />
      <PolicyEditor
        policy={null}
        cancelHref={path("/policies")}
        onSaved={({ id, name }) => {
          toast.success(`“${name}” is created.`);
          router.push(path(`/policies/${id}`));
        }}
      />
    </Permitted>
  );
}
