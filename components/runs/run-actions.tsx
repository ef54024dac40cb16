"use client";

import { Ban, RotateCw } from "lucide-react";
import { useRouter } from "next/navigation";
import { isCancellable, isRetryable } from "#components/runs/run-words.ts";
import { AskButton, Can } from "#components/shared/can.tsx";
import { problemSentence } from "#components/shared/problem.ts";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { RunDto } from "#lib/runs/schemas.ts";

/** Cancel while it runs; try again when it ended without a whole backup. */
export function RunActions({ run }: { run: RunDto }) {
  if (run.cancelRequestedAt !== null && run.status === "running") {
    return (
      <Button pending aria-disabled>
        Cancelling
      </Button>
    );
  }
  if (isCancellable(run)) {
    return (
      <Can permission="runs.start" fallback={<AskButton permission="runs.start">Cancel run</AskButton>}>
        <CancelRun run={run} />
      </Can>
    );
  }
  if (!isRetryable(run.status)) return null;
  return (
    <Can permission="runs.start" fallback={<AskButton permission="runs.start">Back up again</AskButton>}>
      <RetryRun run={run} />
    </Can>
  );
}

function CancelRun({ run }: { run: RunDto }) {
  const cancel = useApiMutation<RunDto, void>("POST", `/runs/${run.id}/cancel`);
  return (
    <Button pending={cancel.isPending} onClick={() => cancel.mutate(undefined, { onError: sayError })}>
      <Ban aria-hidden /> Cancel run
    </Button>
  );
}

function RetryRun({ run }: { run: RunDto }) {
  const router = useRouter();
  const path = useTenantPath();
  const retry = useApiMutation<RunDto, void>("POST", `/runs/${run.id}/retry`);
  const onSuccess = (next: RunDto) => {
    toast.success("A new run has begun.");
    if (next.id !== run.id) router.push(path(`/runs/${next.id}`));
  };
  return (
    <Button variant="primary" pending={retry.isPending} onClick={() => retry.mutate(undefined, { onSuccess, onError: sayError })}>
      <RotateCw aria-hidden /> Back up again
    </Button>
  );
}

function sayError(error: unknown): void {
  toast.error(problemSentence(error));
}
