import type { Role } from "#lib/auth/permissions.ts";
import { appendAudit } from "#lib/db/audit.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import type { Transaction } from "#lib/db/client.ts";
import { newId } from "#lib/ids.ts";

/** However busy, a session ends after this long. */
export const SESSION_HOURS = 12;
/** Unused, it ends after this long. */
const IDLE_HOURS = 4;
const SEEN_EVERY_MS = 60_000;

/** What the signed cookie says; worth something only while the row agrees. */
export interface SessionClaim {
  sessionId: string;
  version: number;
}

export interface LiveSession {
  sessionId: string;
  accountId: string;
  email: string;
  name: string;
  memberships: { memberId: string; role: Role; tenant: { id: string; slug: string; name: string } }[];
}

/** Opens a session for an account that just proved itself, and says so in the audit log of each of its tenants. */
export async function openSession(accountId: string, from: { address: string | null; userAgent: string | null }): Promise<SessionClaim> {
  return acrossTenants("identity", async (db) => {
    const account = await db.account.findUniqueOrThrow({ where: { id: accountId }, select: { sessionVersion: true } });
    const sessionId = newId("session");
    const expiresAt = new Date(Date.now() + SESSION_HOURS * 3_600_000);
    await db.session.create({ data: { id: sessionId, accountId, version: account.sessionVersion, expiresAt, ...from } });
    await auditInEachTenant(db, accountId, from.address, "session.opened");
    return { sessionId, version: account.sessionVersion };
  });
}

/** Ends one session at once. */
export async function closeSession(sessionId: string, address: string | null): Promise<void> {
  await acrossTenants("identity", async (db) => {
    const { count } = await db.session.updateMany({
      where: { id: sessionId, revokedAt: null },
      data: { revokedAt: new Date(), revokedReason: "signed out" },
    });
    if (count === 0) return;
    const session = await db.session.findUniqueOrThrow({ where: { id: sessionId }, select: { accountId: true } });
    await auditInEachTenant(db, session.accountId, address, "session.closed");
  });
}

/** The session behind a claim, with its person's memberships as they are now; null when it has ended in any way. */
export async function findLiveSession(claim: SessionClaim): Promise<LiveSession | null> {
  return acrossTenants("identity", async (db) => {
    const session = await db.session.findUnique({ where: { id: claim.sessionId }, include: { account: true } });
    if (!session || session.revokedAt || session.version !== claim.version) return null;
    if (session.account.sessionVersion !== session.version || session.expiresAt <= new Date()) return null;
    const unseenMs = Date.now() - session.lastSeenAt.getTime();
    if (unseenMs > IDLE_HOURS * 3_600_000) return null;
    if (unseenMs > SEEN_EVERY_MS) await db.session.updateMany({ where: { id: session.id }, data: { lastSeenAt: new Date() } });
    return {
      sessionId: session.id,
      accountId: session.accountId,
      email: session.account.email,
      name: session.account.name,
      memberships: await membershipsOf(db, session.accountId),
    };
  });
}

async function membershipsOf(db: Transaction, accountId: string): Promise<LiveSession["memberships"]> {
  const members = await db.member.findMany({
    where: { accountId },
    select: { id: true, role: true, tenant: { select: { id: true, slug: true, name: true } } },
    orderBy: { createdAt: "asc" },
  });
  return members.map((member) => ({ memberId: member.id, role: member.role as Role, tenant: member.tenant }));
}

async function auditInEachTenant(db: Transaction, accountId: string, address: string | null, action: string): Promise<void> {
  const account = await db.account.findUniqueOrThrow({ where: { id: accountId }, select: { email: true } });
  for (const { memberId, tenant } of await membershipsOf(db, accountId)) {
    await appendAudit(db, tenant.id, { kind: "member", id: memberId, label: account.email, address }, { action });
  }
}
