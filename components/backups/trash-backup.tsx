"use client";

import { useState } from "react";
import { useCan } from "#components/shared/can.tsx";
import { isProblem, problemSentence } from "#components/shared/problem.ts";
import { ProofDialog } from "#components/shared/proof-dialog.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";

type TrashedBackup = Pick<BackupDto, "id" | "systemName">;

/** Into the trash, and out of it again: as long as it is there, nothing is lost, so neither asks twice, but for the last good backup of a system. */
export function useTrash(backup: TrashedBackup) {
  const mayDelete = useCan("backups.delete");
  const [asking, setAsking] = useState<"last" | "erase" | null>(null);
  const trash = useApiMutation<BackupDto>("DELETE", `/backups/${backup.id}`);
  const recover = useApiMutation<BackupDto, void>("POST", `/backups/${backup.id}/recovery`);
  const onError = (error: unknown) => toast.error(problemSentence(error));
  // The row is gone from its list by the time the answer is there: a callback of `mutate` would not be called.
  const recoverNow = () =>
    void recover.mutateAsync().then(() => toast.success(`The backup of “${backup.systemName}” is out of the trash.`), onError);
  const onTrashed = () => {
    setAsking(null);
    toast.success(`The backup of “${backup.systemName}” is in the trash for 7 days.`, { action: { label: "Undo", onClick: recoverNow } });
  };
  const onRefused = (error: unknown) => {
    if (isProblem(error) && error.code === "last-good-backup") setAsking("last");
    else onError(error);
  };
  const moveToTrash = (input: { acknowledgeLast?: true }) => void trash.mutateAsync(input).then(onTrashed, onRefused);
  return {
    mayDelete,
    recoverNow,
    isPending: trash.isPending || recover.isPending,
    trashNow: () => moveToTrash({}),
    trashLast: () => moveToTrash({ acknowledgeLast: true }),
    askToErase: () => setAsking("erase"),
    asking,
    close: () => setAsking(null),
  };
}

interface TrashDialogsProps {
  backup: TrashedBackup;
  trash: ReturnType<typeof useTrash>;
}

/** What is asked before the last good backup goes, or one goes for good. */
export function TrashDialogs({ backup, trash }: TrashDialogsProps) {
  const erasing = useApiMutation<BackupDto>("POST", `/backups/${backup.id}/erasure`);
  const onOpenChange = (open: boolean) => {
    if (!open) trash.close();
  };
  return (
    <>
      <AlertDialog
        open={trash.asking === "last"}
        onOpenChange={onOpenChange}
        title={`Delete the last good backup of “${backup.systemName}”?`}
        description="Without it, nothing of that system can be restored. It lies in the trash for 7 days, then it is removed for good."
        action="Delete last good backup"
        danger
        pending={trash.isPending}
        onConfirm={trash.trashLast}
      />
      <ProofDialog
        open={trash.asking === "erase"}
        onOpenChange={onOpenChange}
        title={`Remove this backup of “${backup.systemName}” for good?`}
        description="It leaves the trash now and is removed from every destination. Nobody can take it back."
        passphraseKey={null}
        action="Remove backup for good"
        danger
        onProven={async ({ password }) => {
          await erasing.mutateAsync({ password });
          toast.success(`The backup of “${backup.systemName}” is being removed.`);
        }}
      />
    </>
  );
}
