import type { Role } from "#lib/auth/permissions.ts";
import { ConflictError, NotFoundError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { requireMayManage } from "#lib/members/guard-member.ts";
import { toInvitation } from "#lib/members/list-invitations.ts";
import { invitationSchema } from "#lib/members/schemas.ts";
import { operation } from "#lib/operation.ts";

export const revokeInvitation = operation({
  name: "revokeInvitation",
  summary: "Takes an open invitation back; its link stops working.",
  http: { method: "DELETE", path: "/invitations/{id}" },
  permission: "members.write",
  input: idInput,
  output: invitationSchema,
  audit: ({ id, email }) => ({ action: "invitation.revoked", subjectKind: "invitation", subjectId: id, subjectLabel: email }),
  changes: ["members"],
  run: async (db, context, { id }) => {
    const row = await db.invitation.findFirst({ where: { id } });
    if (!row) throw new NotFoundError("invitation");
    requireMayManage(context, row.role as Role);
    const { count } = await db.invitation.updateMany({ where: { id, acceptedAt: null, revokedAt: null }, data: { revokedAt: new Date() } });
    if (count === 0) throw new ConflictError("This invitation was accepted or taken back before.", "not-open");
    return toInvitation(await db.invitation.findFirstOrThrow({ where: { id } }));
  },
});
