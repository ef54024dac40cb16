"use client";

import { DeleteAlong, useDeleteAlong } from "#components/backups/delete-along.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { useApiRemoval } from "#components/shared/use-api.ts";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { PolicyDto } from "#lib/policies/schemas.ts";

interface DeletePolicyProps {
  policy: PolicyDto;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onDeleted?: () => void;
}

/** Asks, with what will happen, before a policy ends. */
export function DeletePolicy({ policy, open, onOpenChange, onDeleted }: DeletePolicyProps) {
  const removal = useApiRemoval(`/policies/${policy.id}`);
  const along = useDeleteAlong({ policyId: policy.id }, open);
  const setOpen = (isOpen: boolean) => {
    along.reset();
    removal.reset();
    onOpenChange(isOpen);
  };
  const onRemoved = () => {
    toast.success(`“${policy.name}” is deleted.`);
    setOpen(false);
    onDeleted?.();
  };
  // The row that this hangs on is gone by the time the answer is there: a callback of `mutate` would not be called. Errors are shown below.
  const remove = () => void removal.mutateAsync(along.input).then(onRemoved, () => undefined);
  const count = policy.systemIds.length;
  return (
    <AlertDialog
      open={open}
      onOpenChange={setOpen}
      title={`Delete “${policy.name}”?`}
      description={
        <ul className="list-disc space-y-1 ps-5">
          <li>{count === 1 ? "Its system is" : `Its ${count} systems are`} no longer backed up by it; planned runs are cancelled.</li>
          <li>Its backups stay, unless you choose otherwise: no retention removes them any longer.</li>
        </ul>
      }
      action="Delete policy"
      danger
      pending={removal.isPending}
      onConfirm={remove}
    >
      <DeleteAlong along={along} />
      <ErrorPanel problem={removal.error} title="The policy was not deleted." />
    </AlertDialog>
  );
}
