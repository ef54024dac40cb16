"use client";

import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { useTenant } from "#components/shared/tenant-provider.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { MemberDto } from "#lib/members/schemas.ts";

/** Asks, with what will happen, before a member goes. */
export function RemoveMember({ member, onClose }: { member: MemberDto; onClose: () => void }) {
  const { name: tenant, email: own } = useTenant();
  const self = member.email === own;
  const removal = useApiMutation<unknown>("DELETE", `/members/${member.id}`);
  const remove = () =>
    removal.mutate(
      {},
      {
        onSuccess: () => {
          if (self) return window.location.assign("/");
          toast.success(`${member.name} is removed.`);
          onClose();
        },
      },
    );
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={self ? `Leave ${tenant}?` : `Remove ${member.name}?`}
      description={
        <ul className="list-disc space-y-1 ps-5">
          <li>
            {self ? "You are signed out everywhere and lose access at once." : "They are signed out everywhere and lose access at once."}
          </li>
          <li>What {self ? "you" : "they"} set up stays: systems, policies and backups do not change.</li>
          <li>Coming back takes a new invitation.</li>
        </ul>
      }
      action={self ? `Leave ${tenant}` : "Remove member"}
      danger
      pending={removal.isPending}
      onConfirm={remove}
    >
      <ErrorPanel problem={removal.error} title="Nobody was removed." />
    </AlertDialog>
  );
}
