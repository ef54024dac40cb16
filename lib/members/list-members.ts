import type { Role } from "#lib/auth/permissions.ts";
import type { Transaction } from "#lib/db/client.ts";
import { NotFoundError } from "#lib/errors.ts";
import { page, pageInput, pageOf, pageQuery } from "#lib/http/paging.ts";
import { type MemberDto, memberSchema } from "#lib/members/schemas.ts";
import { operation } from "#lib/operation.ts";

const select = { id: true, role: true, createdAt: true, accountId: true, account: { select: { email: true, name: true } } } as const;

export const listMembers = operation({
  name: "listMembers",
  summary: "The tenant's members with their roles, newest first.",
  http: { method: "GET", path: "/members" },
  permission: "members.read",
  input: pageInput,
  output: pageOf(memberSchema),
  audit: "nothing: a list of what auditors may see",
  run: async (db, _context, input) => {
    const found = page(await db.member.findMany({ ...pageQuery(input), select }), input.limit);
    return { ...found, items: found.items.map(toMember) };
  },
});

/** The member, with the account it stands for. Throws NotFoundError. */
export async function memberOrThrow(db: Transaction, id: string): Promise<MemberDto & { accountId: string }> {
  const row = await db.member.findFirst({ where: { id }, select });
  if (!row) throw new NotFoundError("member");
  return { ...toMember(row), accountId: row.accountId };
}

function toMember(row: { id: string; role: string; createdAt: Date; account: { email: string; name: string } }): MemberDto {
  return { id: row.id, email: row.account.email, name: row.account.name, role: row.role as Role, createdAt: row.createdAt.toISOString() };
}
