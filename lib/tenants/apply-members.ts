import { roles } from "#lib/auth/permissions.ts";
import type { TenantConfiguration } from "#lib/connectors/configuration-store.ts";
import type { Transaction } from "#lib/db/client.ts";
import type { Done } from "#lib/tenants/done.ts";

interface Present {
  id: string;
  role: string;
  account: { email: string };
}

/**
 * Gives members the roles they had and removes those whom the backup does not know. Accounts and passwords are not in the
 * backup, so whoever is no longer a member has to be invited again. The tenant keeps at least one owner.
 */
export async function applyMembers(db: Transaction, wanted: TenantConfiguration["members"], done: Done): Promise<void> {
  await db.$queryRaw`SELECT id FROM members WHERE role = 'owner' FOR UPDATE`;
  const present = await db.member.findMany({ select: { id: true, role: true, account: { select: { email: true } } } });
  const roleByEmail = new Map(wanted.filter(hasKnownRole).map((member) => [member.email, member.role]));
  const staying = ownersWhoMustStay(present, roleByEmail);
  for (const member of present) {
    if (staying.has(member.id)) {
      done.problems.push(`${member.account.email} stays an owner, because otherwise the tenant would have none. Look through the members.`);
      continue;
    }
    await applyMember(db, member, roleByEmail.get(member.account.email), done);
  }
  const known = new Set(present.map((member) => member.account.email));
  for (const { email, role } of wanted.filter((member) => !known.has(member.email))) {
    done.followUp.push(`Invite ${email} as ${role} again: the account and its password are not in the backup.`);
  }
}

async function applyMember(db: Transaction, member: Present, role: string | undefined, done: Done): Promise<void> {
  const subject = member.account.email;
  if (role === member.role) return;
  if (role === undefined) {
    await db.member.deleteMany({ where: { id: member.id } });
    done.applied.push({ part: "Members", action: "remove", subject });
    return;
  }
  await db.member.updateMany({ where: { id: member.id }, data: { role } });
  done.applied.push({ part: "Members", action: "change", subject: `${subject}: ${member.role} → ${role}` });
}

/** Nobody, as long as one of the backup's owners is still a member; else all present owners. */
function ownersWhoMustStay(present: Present[], roleByEmail: Map<string, string>): Set<string> {
  const hasOwner = present.some((member) => roleByEmail.get(member.account.email) === "owner");
  return new Set(hasOwner ? [] : present.filter((member) => member.role === "owner").map((member) => member.id));
}

function hasKnownRole(member: { role: string }): boolean {
  return (roles as readonly string[]).includes(member.role);
}
