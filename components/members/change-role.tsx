"use client";

import { useState } from "react";
import { RoleChoice } from "#components/members/role-choice.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { useTenant } from "#components/shared/tenant-provider.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Dialog, DialogActions, DialogClose, DialogContent } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { MemberDto } from "#lib/members/schemas.ts";

/** Gives a member another role. */
export function ChangeRole({ member, onClose }: { member: MemberDto; onClose: () => void }) {
  const { email: own } = useTenant();
  const [role, setRole] = useState(member.role);
  const change = useApiMutation<MemberDto>("PATCH", `/members/${member.id}`);
  const save = () =>
    change.mutate(
      { role },
      {
        onSuccess: () => {
          // One's own page was drawn for the old role.
          if (member.email === own) window.location.reload();
          toast.success(`${member.name} is now ${role}.`);
          onClose();
        },
      },
    );
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent title={`Change the role of ${member.name}`} description="It holds from their next click on.">
        <Field label="Role" group required>
          <RoleChoice value={role} onChange={setRole} />
        </Field>
        {member.email === own && role !== member.role && (
          <Callout kind="warning">This is you: you lose at once what {role} may not, and somebody else has to give it back.</Callout>
        )}
        <ErrorPanel problem={change.error} title="The role was not changed." />
        <DialogActions>
          <DialogClose asChild>
            <Button>Cancel</Button>
          </DialogClose>
          <Button variant="primary" disabled={role === member.role} pending={change.isPending} onClick={save}>
            Change role
          </Button>
        </DialogActions>
      </DialogContent>
    </Dialog>
  );
}
