"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { RoleChoice } from "#components/members/role-choice.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import type { Problem } from "#components/shared/problem.ts";
import { problemAfter } from "#components/shared/submit-problem.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Dialog, DialogActions, DialogClose, DialogContent } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Form, FormField } from "#components/ui/form.tsx";
import { Input } from "#components/ui/input.tsx";
import { AbsoluteTime } from "#components/ui/relative-time.tsx";
import type { Role } from "#lib/auth/permissions.ts";
import { type InvitationDto, inviteMemberInput } from "#lib/members/schemas.ts";

type Invited = InvitationDto & { url: string };

/** Makes an invitation link, and shows it this once. */
export function InviteDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const [invited, setInvited] = useState<Invited | null>(null);
  const change = (next: boolean) => {
    onOpenChange(next);
    if (!next) setInvited(null);
  };
  return (
    <Dialog open={open} onOpenChange={change}>
      {invited ? (
        <DialogContent title="Hand over this link" description="It is shown only now: Holdfast keeps no copy and sends no mail.">
          <InvitationLink invited={invited} />
        </DialogContent>
      ) : (
        <DialogContent title="Invite a member" description="Makes a link that lets one person join, once.">
          <InviteForm onInvited={setInvited} />
        </DialogContent>
      )}
    </Dialog>
  );
}

function InviteForm({ onInvited }: { onInvited: (invited: Invited) => void }) {
  const defaultValues: { email: string; role: Role } = { email: "", role: "viewer" };
  const form = useForm({ defaultValues, resolver: zodResolver(inviteMemberInput) });
  const [problem, setProblem] = useState<Problem | null>(null);
  const invitation = useApiMutation<Invited>("POST", "/invitations");
  const submit = async (input: typeof defaultValues) => {
    setProblem(null);
    try {
      onInvited(await invitation.mutateAsync(input));
    } catch (error) {
      setProblem(problemAfter(form, error));
    }
  };
  return (
    <Form form={form} onSubmit={submit}>
      <FormField form={form} name="email" label="E-mail address" help="They sign in with it; the link works only for it." required>
        {(field) => <Input {...field} type="email" autoComplete="off" autoFocus />}
      </FormField>
      <FormField form={form} name="role" label="Role" required group>
        {({ value, onChange }) => <RoleChoice value={value} onChange={onChange} />}
      </FormField>
      <ErrorPanel problem={problem} title="Nobody was invited." />
      <DialogActions>
        <DialogClose asChild>
          <Button>Cancel</Button>
        </DialogClose>
        <Button type="submit" variant="primary" pending={invitation.isPending}>
          Make invitation link
        </Button>
      </DialogActions>
    </Form>
  );
}

function InvitationLink({ invited }: { invited: Invited }) {
  return (
    <>
      <Field label={`For ${invited.email}, as ${invited.role}`} optionalHint={false}>
        <Input readOnly value={invited.url} className="font-mono" onFocus={(event) => event.target.select()} />
      </Field>
      <Callout kind="warning">
        Whoever has the link can join. Give it to {invited.email} on a way that you trust. It works once, until{" "}
        <AbsoluteTime value={invited.expiresAt} />.
      </Callout>
      <DialogActions>
        <DialogClose asChild>
          <Button>Done</Button>
        </DialogClose>
        <CopyButton value={invited.url} what="link" withText />
      </DialogActions>
    </>
  );
}
