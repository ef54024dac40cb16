"use client";

import { isCancellable } from "#components/restores/restore-words.ts";
import { useCan } from "#components/shared/can.tsx";
import { problemSentence } from "#components/shared/problem.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { RestoreDto } from "#lib/restores/schemas.ts";

/** Gives a restore up, as long as the target was not touched. */
export function CancelRestore({ restore }: { restore: RestoreDto }) {
  const mayCancel = useCan("restores.execute");
  const cancel = useApiMutation<RestoreDto, void>("POST", `/restores/${restore.id}/cancel`);
  if (!mayCancel || !isCancellable(restore.status)) return null;
  return (
    <Button
      pending={cancel.isPending}
      onClick={() => cancel.mutate(undefined, { onError: (error) => toast.error(problemSentence(error)) })}
    >
      Cancel restore
    </Button>
  );
}
