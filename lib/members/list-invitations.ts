import type { Role } from "#lib/auth/permissions.ts";
import { page, pageInput, pageOf, pageQuery } from "#lib/http/paging.ts";
import { type InvitationDto, invitationSchema } from "#lib/members/schemas.ts";
import { operation } from "#lib/operation.ts";

export const listInvitations = operation({
  name: "listInvitations",
  summary: "Invitations, newest first. Their links are not kept.",
  http: { method: "GET", path: "/invitations" },
  permission: "members.read",
  input: pageInput,
  output: pageOf(invitationSchema),
  audit: "nothing: a list of what auditors may see",
  run: async (db, _context, input) => {
    const found = page(await db.invitation.findMany(pageQuery(input)), input.limit);
    return { ...found, items: found.items.map(toInvitation) };
  },
});

interface InvitationRow {
  id: string;
  email: string;
  role: string;
  createdAt: Date;
  expiresAt: Date;
  acceptedAt: Date | null;
  revokedAt: Date | null;
}

/** A row as the API shows it, without the link's secret, of which only a hash is kept. */
export function toInvitation(row: InvitationRow): InvitationDto {
  return {
    id: row.id,
    email: row.email,
    role: row.role as Role,
    status: statusOf(row),
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  };
}

function statusOf(row: InvitationRow): InvitationDto["status"] {
  if (row.acceptedAt) return "accepted";
  if (row.revokedAt) return "revoked";
  return row.expiresAt < new Date() ? "expired" : "open";
}
