import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { listAudit } from "#lib/audit/list-audit.ts";
import { findLiveSession } from "#lib/auth/sessions.ts";
import { signIn } from "#lib/auth/sign-in.ts";
import { closeClients } from "#lib/db/client.ts";
import { acceptInvitation } from "#lib/members/accept-invitation.ts";
import { inviteMember } from "#lib/members/invite-member.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

const PASSWORD = "a password of their own";
const EMAIL = "joiner@example.com";
const from = { address: "192.0.2.8", userAgent: null };

let installation: TestInstallation;
let admin: pg.Client;
let first: TestTenant;
let second: TestTenant;

beforeAll(async () => {
  installation = await createTestInstallation();
  admin = new pg.Client({ connectionString: installation.database.superuserUrl });
  await admin.connect();
  first = await createTestTenant();
  second = await createTestTenant();
});
afterAll(async () => {
  await admin.end();
  await closeClients();
  await installation.remove();
});

test("a new account chooses name and password, is managed by the tenant that invited it, and is signed in", async () => {
  const token = await invite(first);
  await expect(acceptInvitation({ token, password: PASSWORD }, from)).rejects.toMatchObject({ errors: [{ path: "name" }] });
  await expect(acceptInvitation({ token, name: "Joiner", password: "short" }, from)).rejects.toMatchObject({
    errors: [{ path: "password" }],
  });
  const { claim, tenantSlug } = await acceptInvitation({ token, name: "Joiner", password: PASSWORD }, from);
  expect(tenantSlug).toBe(first.owner.tenant.slug);
  expect(await findLiveSession(claim)).toMatchObject({ name: "Joiner", memberships: [{ role: "operator", tenant: { id: first.id } }] });
  expect(await managingTenant()).toBe(first.id);
  const { items } = await listAudit.execute(first.owner, { action: "member.joined" });
  expect(items).toHaveLength(1);
});

test("once its person belongs to a second tenant, no tenant manages the account any more", async () => {
  const token = await invite(second);
  await expect(acceptInvitation({ token, password: "another password" }, from)).rejects.toMatchObject({ code: "wrong-password" });
  expect(await managingTenant()).toBe(first.id);
  const { claim } = await acceptInvitation({ token, password: PASSWORD }, from);
  const tenants = (await findLiveSession(claim))?.memberships.map(({ tenant }) => tenant.id);
  expect(tenants).toEqual([first.id, second.id]);
  expect(await managingTenant()).toBeNull();
  expect(await signIn({ email: EMAIL, password: PASSWORD, ...from })).not.toBeNull();
});

async function invite(tenant: TestTenant): Promise<string> {
  const { url } = await inviteMember.execute(tenant.owner, { email: EMAIL, role: "operator" });
  return url.split("#")[1] ?? "";
}

async function managingTenant(): Promise<unknown> {
  const { rows } = await admin.query<{ managing_tenant_id: string | null }>(
    "SELECT managing_tenant_id FROM credentials JOIN accounts ON accounts.id = credentials.account_id WHERE email = $1",
    [EMAIL],
  );
  return rows[0]?.managing_tenant_id;
}
