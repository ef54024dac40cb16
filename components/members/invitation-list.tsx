"use client";

import { MailOpen } from "lucide-react";
import { Can } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { problemSentence } from "#components/shared/problem.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { Button } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Section } from "#components/ui/page-header.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { SkeletonRows } from "#components/ui/skeleton.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { InvitationDto } from "#lib/members/schemas.ts";

/** Who was invited and has not come yet. */
export function InvitationList() {
  const query = useWholeList<InvitationDto>("/invitations");
  return (
    <Section title="Open invitations">
      <Loaded query={query} skeleton={<SkeletonRows rows={1} />}>
        {(invitations) => {
          const open = invitations.filter(({ status }) => status === "open");
          if (open.length > 0) return <InvitationTable invitations={open} />;
          return (
            <EmptyState icon={MailOpen} title="Nobody is invited" level={3}>
              An invitation appears here until it is accepted, taken back or seven days old.
            </EmptyState>
          );
        }}
      </Loaded>
    </Section>
  );
}

function InvitationTable({ invitations }: { invitations: readonly InvitationDto[] }) {
  return (
    <Table aria-label="Open invitations">
      <TableHeader>
        <TableRow>
          <TableHead>E-mail</TableHead>
          <TableHead>Role</TableHead>
          <TableHead>Invited</TableHead>
          <TableHead>Ends</TableHead>
          <TableHead>
            <span className="sr-only">Actions</span>
          </TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {invitations.map((invitation) => (
          <TableRow key={invitation.id}>
            <TableCell className="font-medium [overflow-wrap:anywhere]">{invitation.email}</TableCell>
            <TableCell label="Role" className="capitalize">
              {invitation.role}
            </TableCell>
            <TableCell label="Invited">
              <RelativeTime value={invitation.createdAt} />
            </TableCell>
            <TableCell label="Ends">
              <RelativeTime value={invitation.expiresAt} />
            </TableCell>
            <TableCell className="text-end">
              <Can permission="members.write">
                <TakeBack invitation={invitation} />
              </Can>
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function TakeBack({ invitation: { id, email } }: { invitation: InvitationDto }) {
  const removal = useApiMutation<unknown>("DELETE", `/invitations/${id}`);
  const takeBack = () =>
    removal.mutate(
      {},
      {
        onSuccess: () => toast.success(`The link for ${email} no longer works.`),
        onError: (error) => toast.error("The invitation was not taken back.", { description: problemSentence(error) }),
      },
    );
  return (
    <Button size="sm" pending={removal.isPending} onClick={takeBack}>
      Take invitation back
      <span className="sr-only"> of {email}</span>
    </Button>
  );
}
