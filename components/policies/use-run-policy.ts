"use client";

import { useRouter } from "next/navigation";
import { problemSentence } from "#components/shared/problem.ts";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { toast } from "#components/ui/toast.tsx";
import type { PolicyDto } from "#lib/policies/schemas.ts";
import type { RunDto } from "#lib/runs/schemas.ts";

/** Starts a run of each system of a policy now, and offers the way to them. */
export function useRunPolicy({ id, name }: PolicyDto) {
  const path = useTenantPath();
  const router = useRouter();
  const mutation = useApiMutation<{ items: RunDto[] }>("POST", `/policies/${id}/runs`);
  const start = () =>
    mutation.mutate(
      {},
      {
        onSuccess: ({ items }) => {
          const [only] = items.length === 1 ? items : [];
          const href = path(only ? `/runs/${only.id}` : `/runs?policyId=${id}`);
          toast.success(`“${name}” runs now: ${items.length === 1 ? "1 system" : `${items.length} systems`}.`, {
            action: { label: only ? "Watch the run" : "Watch the runs", onClick: () => router.push(href) },
          });
        },
        onError: (error) => toast.error("The policy was not run.", { description: problemSentence(error) }),
      },
    );
  return { start, pending: mutation.isPending };
}
