import { z } from "zod";
import type { Role } from "#lib/auth/permissions.ts";
import { newToken } from "#lib/auth/tokens.ts";
import { env } from "#lib/env.ts";
import { ConflictError } from "#lib/errors.ts";
import { newId } from "#lib/ids.ts";
import { requireMayManage } from "#lib/members/guard-member.ts";
import { toInvitation } from "#lib/members/list-invitations.ts";
import { invitationSchema, inviteMemberInput } from "#lib/members/schemas.ts";
import { operation } from "#lib/operation.ts";

const INVITATION_DAYS = 7;

export const inviteMember = operation({
  name: "inviteMember",
  summary: "Makes an invitation link to hand over, good for seven days and once. It is shown only in this answer.",
  http: { method: "POST", path: "/invitations", status: 201 },
  permission: "members.write",
  input: inviteMemberInput,
  output: invitationSchema.extend({ url: z.string() }),
  audit: ({ id, email, role }) => ({
    action: "member.invited",
    subjectKind: "invitation",
    subjectId: id,
    subjectLabel: email,
    detail: { role },
  }),
  changes: ["members"],
  run: async (db, context, { email, role }) => {
    requireMayManage(context, role);
    const present = await db.member.findFirst({ where: { account: { email } }, select: { id: true } });
    if (present) throw new ConflictError(`${email} is already a member. Change the role instead.`, "already-member");
    const earlier = await db.invitation.findMany({ where: { email, acceptedAt: null, revokedAt: null }, select: { role: true } });
    // The new one takes the place of earlier ones, which is taking them back.
    requireMayManage(context, ...earlier.map((invitation) => invitation.role as Role));
    await db.invitation.updateMany({ where: { email, acceptedAt: null, revokedAt: null }, data: { revokedAt: new Date() } });
    const { token, tokenHash } = newToken();
    const id = newId("invitation");
    const expiresAt = new Date(Date.now() + INVITATION_DAYS * 86_400_000);
    await db.invitation.createMany({ data: [{ id, email, role, tokenHash, invitedBy: context.actor.memberId, expiresAt }] });
    const row = await db.invitation.findFirstOrThrow({ where: { id } });
    // The secret stands behind "#": browsers send it to no server, so it lands in no log.
    return { ...toInvitation(row), url: `${env().HOLDFAST_URL}/invitation#${token}` };
  },
});
