"use client";

import { DeleteAlong, useDeleteAlong } from "#components/backups/delete-along.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { useApiRemoval } from "#components/shared/use-api.ts";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { PolicyDto } from "#lib/policies/schemas.ts";

interface DeleteSystemProps {
  system: { id: string; name: string };
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onDeleted?: () => void;
}

/** Asks, with what will happen, before a system is disconnected. */
export function DeleteSystem({ system, open, onOpenChange, onDeleted }: DeleteSystemProps) {
  const removal = useApiRemoval(`/systems/${system.id}`);
  const along = useDeleteAlong({ systemId: system.id }, open);
  const setOpen = (isOpen: boolean) => {
    along.reset();
    removal.reset();
    onOpenChange(isOpen);
  };
  const onRemoved = () => {
    toast.success(`“${system.name}” is disconnected.`);
    setOpen(false);
    onDeleted?.();
  };
  // The row that this hangs on is gone by the time the answer is there: a callback of `mutate` would not be called. Errors are shown below.
  const remove = () => void removal.mutateAsync(along.input).then(onRemoved, () => undefined);
  return (
    <AlertDialog
      open={open}
      onOpenChange={setOpen}
      title={`Disconnect “${system.name}”?`}
      description={<Consequences systemId={system.id} />}
      action="Disconnect system"
      danger
      pending={removal.isPending}
      onConfirm={remove}
    >
      <DeleteAlong along={along} />
      <ErrorPanel problem={removal.error} title="The system was not disconnected." />
    </AlertDialog>
  );
}

function Consequences({ systemId }: { systemId: string }) {
  const policies = useWholeList<PolicyDto>("/policies").data ?? [];
  const names = policies.filter((policy) => policy.systemIds.includes(systemId)).map((policy) => `“${policy.name}”`);
  return (
    <ul className="list-disc space-y-1 ps-5">
      <li>
        It is no longer backed up{names.length > 0 && `; it leaves ${names.join(", ")}`}. A run that waits is cancelled, one that runs is
        stopped.
      </li>
      <li>Its backups stay, listed and downloadable, unless you choose otherwise.</li>
      <li>The stored credentials are forgotten. Connected again, it is a new system.</li>
    </ul>
  );
}
