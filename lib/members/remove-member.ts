import { recordEvent } from "#lib/events/record-event.ts";
import { idInput } from "#lib/http/fields.ts";
import { refuseLastOwner, requireMayManage, roleChangedMeanwhile } from "#lib/members/guard-member.ts";
import { memberOrThrow } from "#lib/members/list-members.ts";
import { memberSchema } from "#lib/members/schemas.ts";
import { operation } from "#lib/operation.ts";

export const removeMember = operation({
  name: "removeMember",
  summary: "Removes a member; their sessions end at once.",
  http: { method: "DELETE", path: "/members/{id}" },
  permission: "members.write",
  input: idInput,
  output: memberSchema,
  audit: (member) => ({
    action: "member.removed",
    subjectKind: "member",
    subjectId: member.id,
    subjectLabel: member.email,
    detail: { role: member.role },
  }),
  changes: ["members"],
  changesConfiguration: true,
  run: async (db, context, { id }) => {
    const member = await memberOrThrow(db, id);
    requireMayManage(context, member.role);
    if (member.role === "owner") await refuseLastOwner(db, id);
    // Before the row goes: row-level security shows a tenant the sessions of its members only.
    await db.session.updateMany({
      where: { accountId: member.accountId, revokedAt: null },
      data: { revokedAt: new Date(), revokedReason: "removed from a tenant" },
    });
    const { count } = await db.member.deleteMany({ where: { id, role: member.role } });
    if (count === 0) throw roleChangedMeanwhile();
    if (id !== context.actor.memberId) {
      const about = { tenantId: context.tenant.id, subjectKind: "member", subjectId: id };
      await recordEvent(db, "member.signedOut", about, { memberId: id, memberName: member.name, reason: "removed from the tenant" });
    }
    return member;
  },
});
