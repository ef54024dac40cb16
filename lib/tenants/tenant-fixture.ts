import type { Context } from "#lib/auth/context.ts";
import { hashPassword } from "#lib/auth/passwords.ts";
import type { Role } from "#lib/auth/permissions.ts";
import { findLiveSession, openSession } from "#lib/auth/sessions.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { newId } from "#lib/ids.ts";
import { createTenant } from "#lib/tenants/create-tenant.ts";
import { finishTenant } from "#lib/tenants/finish-tenant.ts";

/** The login password of everybody whom this fixture makes. */
export const TEST_PASSWORD = "a login password of tests";

/** What the integration tests of several folders share: a tenant as the set-up makes it, and its people. */
export interface TestTenant {
  id: string;
  owner: Context;
  /** A further member with a session of their own. */
  addMember(role: Role): Promise<Context>;
}

/** A tenant with an owner, a managed key, its own configuration as a system, a local destination and a daily policy. */
export async function createTestTenant(): Promise<TestTenant> {
  const email = `${newId("account")}@example.com`;
  const slug = newId("tenant").replace("_", "-");
  const { tenantId, accountId } = await createTenant({
    slug,
    tenantName: "Cellar & Sons",
    email,
    name: "First Owner",
    password: TEST_PASSWORD,
  });
  await finishTenant(tenantId);
  return { id: tenantId, owner: await signedIn(accountId), addMember: (role) => addMember(tenantId, role) };
}

async function addMember(tenantId: string, role: Role): Promise<Context> {
  const accountId = newId("account");
  const passwordHash = await hashPassword(TEST_PASSWORD);
  await acrossTenants("identity", async (db) => {
    await db.account.createMany({ data: [{ id: accountId, email: `${accountId}@example.com`, name: `Some ${role}` }] });
    await db.credential.createMany({ data: [{ accountId, passwordHash, managingTenantId: tenantId }] });
    await db.member.createMany({ data: [{ tenantId, id: newId("member"), accountId, role }] });
  });
  return signedIn(accountId);
}

async function signedIn(accountId: string): Promise<Context> {
  const session = await findLiveSession(await openSession(accountId, { address: null, userAgent: null }));
  const [membership] = session?.memberships ?? [];
  if (!session || !membership) throw new Error("The person of the fixture is not signed in.");
  const { sessionId, email, name } = session;
  const { memberId, role, tenant } = membership;
  return { actor: { kind: "member", accountId, memberId, sessionId, email, name, role }, tenant, address: "192.0.2.7" };
}
