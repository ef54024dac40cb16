"use client";

import { UserCog, UserMinus } from "lucide-react";
import { useState } from "react";
import { ChangeRole } from "#components/members/change-role.tsx";
import { RemoveMember } from "#components/members/remove-member.tsx";
import { useCan } from "#components/shared/can.tsx";
import { useTenant } from "#components/shared/tenant-provider.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { DropdownMenuItem, RowMenu } from "#components/ui/dropdown-menu.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import { roleMayManage } from "#lib/auth/permissions.ts";
import type { MemberDto } from "#lib/members/schemas.ts";

/** One row a member. */
export function MemberTable({ members }: { members: readonly MemberDto[] }) {
  const { email: own } = useTenant();
  return (
    <Table aria-label="Members">
      <TableHeader>
        <TableRow>
          <TableHead>Name</TableHead>
          <TableHead>Role</TableHead>
          <TableHead>E-mail</TableHead>
          <TableHead>Joined</TableHead>
          <TableHead>
            <span className="sr-only">Actions</span>
          </TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {members.map((member) => (
          <TableRow key={member.id}>
            <TableCell className="font-medium [overflow-wrap:anywhere]">
              <span>
                {member.name} {member.email === own && <span className="font-normal text-muted">(you)</span>}
              </span>
            </TableCell>
            <TableCell label="Role">
              <Badge tone={member.role === "owner" ? "blue" : "grey"} className="capitalize">
                {member.role}
              </Badge>
            </TableCell>
            <TableCell label="E-mail" className="[overflow-wrap:anywhere]">
              {member.email}
            </TableCell>
            <TableCell label="Joined">
              <RelativeTime value={member.createdAt} />
            </TableCell>
            <TableCell menu>
              <MemberMenu member={member} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function MemberMenu({ member }: { member: MemberDto }) {
  const { role } = useTenant();
  const mayWrite = useCan("members.write");
  const [open, setOpen] = useState<"role" | "removal" | null>(null);
  const close = () => setOpen(null);
  if (!mayWrite || !roleMayManage(role, member.role)) return null;
  return (
    <>
      <RowMenu label={`Actions for ${member.name}`}>
        <DropdownMenuItem onSelect={() => setOpen("role")}>
          <UserCog aria-hidden /> Change role
        </DropdownMenuItem>
        <DropdownMenuItem danger onSelect={() => setOpen("removal")}>
          <UserMinus aria-hidden /> Remove member
        </DropdownMenuItem>
      </RowMenu>
      {open === "role" && <ChangeRole member={member} onClose={close} />}
      {open === "removal" && <RemoveMember member={member} onClose={close} />}
    </>
  );
}
