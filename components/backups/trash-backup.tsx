"use client";

import { useCan } from "#components/shared/can.tsx";
import { problemSentence } from "#components/shared/problem.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { toast } from "#components/ui/toast.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";

/** Into the trash, and out of it again: as long as it is there, nothing is lost, so neither asks twice. */
export function useTrash(backup: Pick<BackupDto, "id" | "systemName">) {
  const mayDelete = useCan("backups.delete");
  const trash = useApiMutation<BackupDto, void>("DELETE", `/backups/${backup.id}`);
  const recover = useApiMutation<BackupDto, void>("POST", `/backups/${backup.id}/recovery`);
  const onError = (error: unknown) => toast.error(problemSentence(error));
  const recoverNow = () =>
    recover.mutate(undefined, { onSuccess: () => toast.success(`The backup of “${backup.systemName}” is out of the trash.`), onError });
  const trashNow = () =>
    trash.mutate(undefined, {
      onSuccess: () =>
        toast.success(`The backup of “${backup.systemName}” is in the trash for 7 days.`, {
          action: { label: "Undo", onClick: recoverNow },
        }),
      onError,
    });
  return { mayDelete, trashNow, recoverNow, isPending: trash.isPending || recover.isPending };
}
