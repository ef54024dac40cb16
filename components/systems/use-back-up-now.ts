"use client";

import { useRouter } from "next/navigation";
import { problemSentence } from "#components/shared/problem.ts";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { toast } from "#components/ui/toast.tsx";

/** Starts a backup of one system, and offers the way to its run. */
export function useBackUpNow({ id, name }: { id: string; name: string }) {
  const path = useTenantPath();
  const router = useRouter();
  const mutation = useApiMutation<{ id: string }>("POST", "/backups");
  const start = () =>
    mutation.mutate(
      { systemId: id },
      {
        onSuccess: (run) =>
          toast.success(`Backup of “${name}” started.`, {
            action: { label: "Watch the run", onClick: () => router.push(path(`/runs/${run.id}`)) },
          }),
        onError: (error) => toast.error("The backup was not started.", { description: problemSentence(error) }),
      },
    );
  return { start, pending: mutation.isPending };
}
