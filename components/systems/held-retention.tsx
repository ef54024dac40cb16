"use client";

import { useState } from "react";
import { RetentionDecisions } from "#components/policies/retention-decisions.tsx";
import { AskButton, Can } from "#components/shared/can.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { ProofDialog } from "#components/shared/proof-dialog.tsx";
import { useApiMutation, useApiQuery } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { HeldRetentionDto } from "#lib/systems/schemas.ts";

/** While retention leaves backups alone that were found in a destination, or whose policy came back by a restore: what it would do, and the way to let it. */
export function HeldRetention({ systemId }: { systemId: string }) {
  const { data, error, refetch } = useApiQuery<HeldRetentionDto>(`/systems/${systemId}/retention`);
  const confirmation = useApiMutation<unknown>("POST", `/systems/${systemId}/retention-confirmation`);
  const [isOpen, setOpen] = useState(false);
  if (data === undefined && error !== null) {
    return (
      <div className="pb-6">
        <ErrorPanel
          problem={error}
          title="Whether retention waits for found backups could not be read"
          action={<Button onClick={() => void refetch()}>Try again</Button>}
        />
      </div>
    );
  }
  if (data === undefined || data.held === 0) return null;
  const { held, deletes } = data;
  const action = deletes === 0 ? "Let retention decide" : `Let retention delete ${deletes === 1 ? "1 backup" : `${deletes} backups`}`;
  return (
    <div className="pb-6">
      <Callout
        kind="warning"
        title={`Retention waits for ${held === 1 ? "1 backup" : `${held} backups`}`}
        action={
          <Can permission="backups.delete" fallback={<AskButton permission="backups.delete">Look and decide</AskButton>}>
            <Button onClick={() => setOpen(true)}>Look and decide</Button>
          </Can>
        }
      >
        Found in a destination, or of a policy that a restore brought back: nothing is deleted until somebody has seen what the policies
        would do.
      </Callout>
      <ProofDialog
        open={isOpen}
        onOpenChange={setOpen}
        title={action}
        description="From now on the policies that made these backups decide about them, too, after their next run. What they delete does not go through the trash."
        passphraseKey={null}
        action={action}
        danger={deletes > 0}
        onProven={async ({ password }) => {
          await confirmation.mutateAsync({ acknowledgeDeletes: deletes, password });
          toast.success("Retention decides about these backups from now on.");
        }}
      >
        <div className="rounded-lg border border-border">
          <RetentionDecisions {...data} />
        </div>
      </ProofDialog>
    </div>
  );
}
