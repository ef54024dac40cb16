import { refuseLastOwner, requireMayManage, roleChangedMeanwhile } from "#lib/members/guard-member.ts";
import { memberOrThrow } from "#lib/members/list-members.ts";
import { changeRoleInput, memberSchema } from "#lib/members/schemas.ts";
import { operation } from "#lib/operation.ts";

export const changeRole = operation({
  name: "changeRole",
  summary: "Gives a member another role, effective with their next request.",
  http: { method: "PATCH", path: "/members/{id}" },
  permission: "members.write",
  input: changeRoleInput,
  output: memberSchema,
  audit: (member) => ({
    action: "member.roleChanged",
    subjectKind: "member",
    subjectId: member.id,
    subjectLabel: member.email,
    detail: { role: member.role },
  }),
  changes: ["members"],
  changesConfiguration: true,
  run: async (db, context, { id, role }) => {
    const before = await memberOrThrow(db, id);
    requireMayManage(context, before.role, role);
    if (before.role === "owner" && role !== "owner") await refuseLastOwner(db, id);
    const { count } = await db.member.updateMany({ where: { id, role: before.role }, data: { role } });
    if (count === 0) throw roleChangedMeanwhile();
    return memberOrThrow(db, id);
  },
});
