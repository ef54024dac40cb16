import type { z } from "zod";
import { checkPassword } from "#lib/auth/check-password.ts";
import { type Role, roleMay, roleMayManage } from "#lib/auth/permissions.ts";
import { hashPassword } from "#lib/auth/passwords.ts";
import { openSession, type SessionClaim } from "#lib/auth/sessions.ts";
import { hashToken } from "#lib/auth/tokens.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { appendAudit } from "#lib/db/audit.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { env } from "#lib/env.ts";
import { InvalidInputError, NotFoundError } from "#lib/errors.ts";
import { newId } from "#lib/ids.ts";
import { type acceptInvitationInput, newPasswordField } from "#lib/members/schemas.ts";
import { scheduleChangeRuns } from "#lib/runs/schedule-change-runs.ts";

export interface OpenInvitation {
  email: string;
  role: string;
  tenantName: string;
  /** True when the address already has an account: its owner proves it by its password instead of choosing one. */
  hasAccount: boolean;
}

/** What an invitation's link is for. Throws NotFoundError once it is used, revoked or too old. */
export async function findInvitation(token: string): Promise<OpenInvitation> {
  return acrossTenants("identity", async (db) => {
    const { invitation, accountId } = await openInvitation(db, token);
    return { email: invitation.email, role: invitation.role, tenantName: invitation.tenant.name, hasAccount: accountId !== null };
  });
}

/** Makes the invited person a member, in one transaction with the audit entry, and signs them in. */
export async function acceptInvitation(
  input: z.output<typeof acceptInvitationInput>,
  from: { address: string | null; userAgent: string | null },
): Promise<{ accountId: string; claim: SessionClaim; tenantSlug: string }> {
  const { accountId: existing } = await acrossTenants("identity", (db) => openInvitation(db, input.token));
  if (existing) await requireOwnPassword(existing, input.password);
  const fresh = existing ? null : await newAccount(input);
  const { accountId, tenantId, tenantSlug } = await acrossTenants("identity", (db) => join(db, input.token, existing, fresh, from.address));
  // Runs are not the identity role's: a crash in between leaves the new member to the next backup on schedule.
  await withTenant(tenantId, (db) => scheduleChangeRuns(db, env().HOLDFAST_CHANGE_DELAY_SECONDS));
  return { accountId, claim: await openSession(accountId, from), tenantSlug };
}

async function openInvitation(db: Transaction, token: string) {
  const invitation = await db.invitation.findUnique({
    where: { tokenHash: hashToken(token) },
    include: { tenant: { select: { id: true, slug: true, name: true } } },
  });
  if (!invitation || invitation.acceptedAt || invitation.revokedAt || invitation.expiresAt < new Date())
    throw new NotFoundError("open invitation");
  await requireInviterStill(db, invitation);
  const account = await db.account.findUnique({ where: { email: invitation.email }, select: { id: true } });
  return { invitation, accountId: account?.id ?? null };
}

/** An invitation is worth what its maker may do now: whoever was removed or may no longer give that role leaves no door open behind. */
async function requireInviterStill(db: Transaction, invitation: { tenantId: string; invitedBy: string; role: string }): Promise<void> {
  const { tenantId, invitedBy: id } = invitation;
  const inviter = await db.member.findFirst({ where: { tenantId, id }, select: { role: true } });
  const may = inviter && roleMay(inviter.role as Role, "members.write") && roleMayManage(inviter.role as Role, invitation.role as Role);
  if (!may) throw new NotFoundError("open invitation");
}

async function requireOwnPassword(accountId: string, password: string): Promise<void> {
  if (await checkPassword(accountId, password)) return;
  const message = "This address has an account, and this is not its password.";
  throw new InvalidInputError(message, [{ path: "password", message }], { code: "wrong-password" });
}

async function newAccount(input: { name?: string | undefined; password: string }) {
  const password = newPasswordField.safeParse(input.password);
  const errors = [
    ...(input.name ? [] : [{ path: "name", message: "Type your name." }]),
    ...(password.success ? [] : [{ path: "password", message: password.error.issues[0]?.message ?? "Choose another password." }]),
  ];
  if (errors.length > 0) throw new InvalidInputError("Something is missing for the new account.", errors);
  return { name: input.name ?? "", passwordHash: await hashPassword(input.password) };
}

async function join(
  db: Transaction,
  token: string,
  existing: string | null,
  fresh: { name: string; passwordHash: string } | null,
  address: string | null,
): Promise<{ accountId: string; tenantId: string; tenantSlug: string }> {
  const { invitation, accountId: found } = await openInvitation(db, token);
  if (found !== existing) throw new InvalidInputError("The account of this address changed meanwhile. Open the link again.");
  const { count } = await db.invitation.updateMany({
    where: { id: invitation.id, acceptedAt: null, revokedAt: null },
    data: { acceptedAt: new Date() },
  });
  if (count === 0) throw new NotFoundError("open invitation");
  const tenantId = invitation.tenant.id;
  const accountId = existing ?? (await createAccount(db, invitation.email, fresh, tenantId));
  // From its second tenant on, no tenant manages the account any more.
  if (existing) await db.credential.updateMany({ where: { accountId }, data: { managingTenantId: null } });
  const memberId = newId("member");
  await db.member.createMany({ data: [{ tenantId, id: memberId, accountId, role: invitation.role }], skipDuplicates: true });
  const actor = { kind: "member" as const, id: memberId, label: invitation.email, address };
  await appendAudit(db, tenantId, actor, {
    action: "member.joined",
    subjectKind: "member",
    subjectId: memberId,
    subjectLabel: invitation.email,
    detail: { role: invitation.role },
  });
  await notifyChange(db, { tenantId, kinds: ["members"] });
  return { accountId, tenantId, tenantSlug: invitation.tenant.slug };
}

async function createAccount(
  db: Transaction,
  email: string,
  fresh: { name: string; passwordHash: string } | null,
  tenantId: string,
): Promise<string> {
  if (!fresh) throw new InvalidInputError("The account of this address changed meanwhile. Open the link again.");
  const id = newId("account");
  await db.account.create({ data: { id, email, name: fresh.name } });
  await db.credential.create({ data: { accountId: id, passwordHash: fresh.passwordHash, managingTenantId: tenantId } });
  return id;
}
