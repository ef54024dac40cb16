"use client";

import { DeleteAlong, useDeleteAlong } from "#components/backups/delete-along.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { useApiRemoval } from "#components/shared/use-api.ts";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { DestinationDto } from "#lib/destinations/schemas.ts";

interface DeleteDestinationProps {
  destination: DestinationDto;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onDeleted?: () => void;
}

/** Asks, with what will happen, before nothing more is written to a destination. */
export function DeleteDestination({ destination, open, onOpenChange, onDeleted }: DeleteDestinationProps) {
  const { id, name, copyCount } = destination;
  const removal = useApiRemoval(`/destinations/${id}`);
  const along = useDeleteAlong({ destinationId: id }, open);
  const setOpen = (isOpen: boolean) => {
    along.reset();
    removal.reset();
    onOpenChange(isOpen);
  };
  const onRemoved = () => {
    toast.success(`“${name}” is disconnected.`);
    setOpen(false);
    onDeleted?.();
  };
  // The row that this hangs on is gone by the time the answer is there: a callback of `mutate` would not be called. Errors are shown below.
  const remove = () => void removal.mutateAsync(along.input).then(onRemoved, () => undefined);
  return (
    <AlertDialog
      open={open}
      onOpenChange={setOpen}
      title={`Disconnect “${name}”?`}
      description={
        <ul className="list-disc space-y-1 ps-5">
          <li>No new backup is written there; policies go on with their other destinations.</li>
          {copyCount > 0 && (
            <li>
              {copyCount === 1 ? "The copy that lies there stays" : `The ${copyCount} copies that lie there stay`}, listed and readable,
              unless you choose otherwise: the stored credentials are kept for that.
            </li>
          )}
        </ul>
      }
      action="Disconnect destination"
      danger
      pending={removal.isPending}
      onConfirm={remove}
    >
      <DeleteAlong along={along} />
      <ErrorPanel problem={removal.error} title="The destination was not disconnected." />
    </AlertDialog>
  );
}
