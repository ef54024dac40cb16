"use client";

import { useState } from "react";
import { NoticeLink } from "#components/frame/notice-link.tsx";
import { Can } from "#components/shared/can.tsx";
import { ProofDialog } from "#components/shared/proof-dialog.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { AbsoluteTime } from "#components/ui/relative-time.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { Notices } from "#lib/alarms/schemas.ts";

/** Says that nothing is deleted for its age, and lets an owner end that where only a person can tell. */
export function ClockDoubt({ doubt }: { doubt: Notices["clockDoubt"] }) {
  const [isOpen, setOpen] = useState(false);
  const confirmation = useApiMutation<unknown>("DELETE", "/clock-doubt");
  if (doubt === null) return null;
  return (
    <>
      <Callout
        compact
        kind="warning"
        title="The clock is in doubt: no backup is deleted for its age"
        action={
          <>
            <NoticeLink about="clock" />
            {doubt.confirmable && (
              <Can permission="clock.trust">
                <Button size="sm" onClick={() => setOpen(true)}>
                  Confirm the clock
                </Button>
              </Can>
            )}
          </>
        }
      >
        {doubt.sentence}
        {doubt.since !== null && (
          <>
            {" "}
            Since <AbsoluteTime value={doubt.since} />.
          </>
        )}
      </Callout>
      <ProofDialog
        open={isOpen}
        onOpenChange={setOpen}
        title="Confirm that the clock is right?"
        description="Then retention and the trash go on by the time that the database shows now. With a wrong time they would delete what they should keep."
        passphraseKey={null}
        action="Confirm the clock"
        danger
        onProven={async ({ password }) => {
          await confirmation.mutateAsync({ password });
          toast.success("The clock is confirmed; retention goes on.");
        }}
      />
    </>
  );
}
