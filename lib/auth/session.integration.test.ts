import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { listAudit } from "#lib/audit/list-audit.ts";
import { contextOf, sessionCookie, sessionOf } from "#lib/auth/session.ts";
import { closeSession, type SessionClaim } from "#lib/auth/sessions.ts";
import { signIn } from "#lib/auth/sign-in.ts";
import { closeClients } from "#lib/db/client.ts";
import { removeMember } from "#lib/members/remove-member.ts";
import { createTestTenant, TEST_PASSWORD, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
let admin: pg.Client;
let tenant: TestTenant;
let claim: SessionClaim;
let cookie: string;

beforeAll(async () => {
  installation = await createTestInstallation();
  admin = new pg.Client({ connectionString: installation.database.superuserUrl });
  await admin.connect();
});
beforeEach(async () => {
  tenant = await createTestTenant();
  const opened = await signIn({ email: tenant.owner.actor.email, password: TEST_PASSWORD, address: "192.0.2.9", userAgent: "a browser" });
  if (!opened) throw new Error("The owner of the fixture could not sign in.");
  claim = { sessionId: opened.sessionId, version: opened.version };
  cookie = await cookieOf(opened.accountId, claim);
});
afterAll(async () => {
  await admin.end();
  await closeClients();
  await installation.remove();
});

describe("signing in", () => {
  test("opens a session that is a row, and says so in the log with the address", async () => {
    expect(await sessionOf(cookie)).toMatchObject({ sessionId: claim.sessionId, email: tenant.owner.actor.email });
    expect(await contextOf(cookie, tenant.owner.tenant.slug, "192.0.2.9")).toMatchObject({
      actor: { role: "owner" },
      tenant: { id: tenant.id },
    });
    const [entry] = (await listAudit.execute(tenant.owner, { action: "session.opened" })).items;
    expect(entry).toMatchObject({ actor: { label: tenant.owner.actor.email }, address: "192.0.2.9" });
    const row = await admin.query("SELECT address, user_agent FROM sessions WHERE id = $1", [claim.sessionId]);
    expect(row.rows).toEqual([{ address: "192.0.2.9", user_agent: "a browser" }]);
  });

  test("with a wrong password, or as nobody, opens nothing, and the two look alike", async () => {
    const from = { address: null, userAgent: null };
    expect(await signIn({ email: tenant.owner.actor.email, password: "not this one", ...from })).toBeNull();
    expect(await signIn({ email: "nobody@example.com", password: TEST_PASSWORD, ...from })).toBeNull();
  });

  test("leads to the person's own tenants only", async () => {
    const other = await createTestTenant();
    await expect(contextOf(cookie, other.id, null)).rejects.toMatchObject({ code: "not-found" });
    await expect(contextOf(cookie, "no-such-tenant", null)).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("a session ends at once", () => {
  test("when its person signs out", async () => {
    await closeSession(claim.sessionId, "192.0.2.9");
    expect(await sessionOf(cookie)).toBeNull();
    await expect(contextOf(cookie, tenant.id, null)).rejects.toMatchObject({ code: "not-signed-in" });
    expect((await listAudit.execute(tenant.owner, { action: "session.closed" })).items).toHaveLength(1);
  });

  test("when its person is removed from the tenant", async () => {
    const second = await tenant.addMember("owner");
    await removeMember.execute(second, { id: tenant.owner.actor.memberId });
    expect(await sessionOf(cookie)).toBeNull();
  });

  test.each([
    ["the account's version is raised", "UPDATE accounts SET session_version = session_version + 1 WHERE id = $2 AND $1 <> ''"],
    ["it is revoked", "UPDATE sessions SET revoked_at = now() WHERE id = $1 AND account_id = $2"],
    ["its hours are over", "UPDATE sessions SET expires_at = now() WHERE id = $1 AND account_id = $2"],
    ["nobody used it for long", "UPDATE sessions SET last_seen_at = now() - interval '5 hours' WHERE id = $1 AND account_id = $2"],
    ["its row is gone", "DELETE FROM sessions WHERE id = $1 AND account_id = $2"],
  ])("when %s", async (_when, sql) => {
    await admin.query(sql, [claim.sessionId, tenant.owner.actor.accountId]);
    expect(await sessionOf(cookie)).toBeNull();
  });
});

test("a cookie that was changed, or signed for another version, is nobody's", async () => {
  expect(await sessionOf(null)).toBeNull();
  expect(await sessionOf("next-auth.session-token=nonsense")).toBeNull();
  expect(await sessionOf(`${cookie.slice(0, -4)}AAAA`)).toBeNull();
  const { accountId } = tenant.owner.actor;
  expect(await sessionOf(await cookieOf(accountId, { ...claim, version: claim.version + 1 }))).toBeNull();
});

async function cookieOf(accountId: string, of: SessionClaim): Promise<string> {
  return (await sessionCookie(accountId, of)).split(";")[0] ?? "";
}
