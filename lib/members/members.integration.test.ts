import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { listAudit } from "#lib/audit/list-audit.ts";
import type { Context } from "#lib/auth/context.ts";
import { findLiveSession } from "#lib/auth/sessions.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { listKeys } from "#lib/keys/list-keys.ts";
import { setCurrentKey } from "#lib/keys/set-current-key.ts";
import { acceptInvitation, findInvitation } from "#lib/members/accept-invitation.ts";
import { changeRole } from "#lib/members/change-role.ts";
import { inviteMember } from "#lib/members/invite-member.ts";
import { listInvitations } from "#lib/members/list-invitations.ts";
import { listMembers } from "#lib/members/list-members.ts";
import { removeMember } from "#lib/members/remove-member.ts";
import { revokeInvitation } from "#lib/members/revoke-invitation.ts";
import { createTestTenant, TEST_PASSWORD, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

let tenant: TestTenant;
beforeEach(async () => {
  tenant = await createTestTenant();
});

const sessionOf = ({ actor }: Context) => findLiveSession({ sessionId: actor.sessionId, version: 1 });
const rolesOf = async (context: Context) => (await listMembers.execute(context, {})).items.map(({ role }) => role).sort();
const from = { address: null, userAgent: null };

describe("the last owner", () => {
  test("is neither removed nor made less, until there is another", async () => {
    const { owner } = tenant;
    const { memberId } = owner.actor;
    await expect(removeMember.execute(owner, { id: memberId })).rejects.toMatchObject({ code: "last-owner" });
    await expect(changeRole.execute(owner, { id: memberId, role: "admin" })).rejects.toMatchObject({ code: "last-owner" });
    await expect(changeRole.execute(owner, { id: memberId, role: "owner" })).resolves.toMatchObject({ role: "owner" });
    const second = await tenant.addMember("owner");
    await expect(changeRole.execute(second, { id: memberId, role: "viewer" })).resolves.toMatchObject({ role: "viewer" });
    expect(await rolesOf(second)).toEqual(["owner", "viewer"]);
  });

  test("stays when two owners leave at the same moment", async () => {
    const second = await tenant.addMember("owner");
    const leave = (context: Context) => removeMember.execute(context, { id: context.actor.memberId });
    const outcomes = await Promise.allSettled([leave(tenant.owner), leave(second)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });
});

describe("an admin", () => {
  test("touches no owner and makes none", async () => {
    const admin = await tenant.addMember("admin");
    const viewer = await tenant.addMember("viewer");
    const refused = { code: "forbidden" };
    await expect(removeMember.execute(admin, { id: tenant.owner.actor.memberId })).rejects.toMatchObject(refused);
    await expect(changeRole.execute(admin, { id: tenant.owner.actor.memberId, role: "viewer" })).rejects.toMatchObject(refused);
    await expect(changeRole.execute(admin, { id: viewer.actor.memberId, role: "owner" })).rejects.toMatchObject(refused);
    await expect(inviteMember.execute(admin, { email: "new@example.com", role: "owner" })).rejects.toMatchObject(refused);
    await expect(changeRole.execute(admin, { id: viewer.actor.memberId, role: "operator" })).resolves.toMatchObject({ role: "operator" });
  });

  test("does not take an owner's invitation back", async () => {
    const admin = await tenant.addMember("admin");
    const { id } = await inviteMember.execute(tenant.owner, { email: "new@example.com", role: "owner" });
    await expect(revokeInvitation.execute(admin, { id })).rejects.toMatchObject({ code: "forbidden" });
    const instead = { email: "new@example.com", role: "viewer" };
    await expect(inviteMember.execute(admin, instead)).rejects.toMatchObject({ code: "forbidden" });
  });
});

test("somebody below admin sees members at most", async () => {
  const operator = await tenant.addMember("operator");
  const auditor = await tenant.addMember("auditor");
  await expect(listMembers.execute(operator, {})).rejects.toMatchObject({ code: "forbidden" });
  await expect(removeMember.execute(auditor, { id: operator.actor.memberId })).rejects.toMatchObject({ code: "forbidden" });
  expect(await rolesOf(auditor)).toEqual(["auditor", "operator", "owner"]);
});

test("a removed member's sessions end at once, and the log says who did it", async () => {
  const viewer = await tenant.addMember("viewer");
  expect(await sessionOf(viewer)).toMatchObject({ memberships: [{ role: "viewer" }] });
  await removeMember.execute(tenant.owner, { id: viewer.actor.memberId });
  expect(await sessionOf(viewer)).toBeNull();
  expect(await sessionOf(tenant.owner)).not.toBeNull();
  const { items } = await listAudit.execute(tenant.owner, { action: "member.removed" });
  expect(items).toMatchObject([
    { actor: { label: tenant.owner.actor.email }, subject: { label: viewer.actor.email }, detail: { role: "viewer" } },
  ]);
});

test("a changed role holds from the next request on, in the session that is open", async () => {
  const viewer = await tenant.addMember("viewer");
  await changeRole.execute(tenant.owner, { id: viewer.actor.memberId, role: "operator" });
  expect(await sessionOf(viewer)).toMatchObject({ memberships: [{ role: "operator" }] });
});

test("a role that was taken away while a slow operation was prepared no longer counts", async () => {
  const admin = await tenant.addMember("admin");
  await changeRole.execute(tenant.owner, { id: admin.actor.memberId, role: "viewer" });
  // The context is the one that the request began with.
  await expect(setCurrentKey.execute(admin, { mode: "off" })).rejects.toMatchObject({ code: "role-changed" });
  await removeMember.execute(tenant.owner, { id: admin.actor.memberId });
  await expect(setCurrentKey.execute(admin, { mode: "off" })).rejects.toMatchObject({ code: "role-changed" });
  expect((await listKeys.execute(tenant.owner, {})).items).toMatchObject([{ mode: "managed" }]);
});

test("an owner is not removed or made less by an admin who looked before the promotion", async () => {
  const admin = await tenant.addMember("admin");
  const id = (await tenant.addMember("operator")).actor.memberId;
  const attempts = [() => removeMember.execute(admin, { id }), () => changeRole.execute(admin, { id, role: "viewer" })];
  const outcomes = await withTenant(tenant.id, async (db) => {
    await db.member.updateMany({ where: { id }, data: { role: "owner" } });
    // They still see an operator, and then wait for this transaction.
    const waiting = Promise.allSettled(attempts.map((attempt) => attempt()));
    await untilWaiting(attempts.length);
    return { waiting };
  });
  for (const outcome of await outcomes.waiting) expect(outcome).toMatchObject({ status: "rejected", reason: { code: "role-changed" } });
  expect(await rolesOf(tenant.owner)).toEqual(["admin", "owner", "owner"]);
});

/** Until that many statements wait for another's rows; other test files work on the same server. */
async function untilWaiting(count: number): Promise<void> {
  for (;;) {
    const [row] = await acrossTenants(
      "identity",
      (db) => db.$queryRaw<{ waiting: bigint }[]>`
      SELECT count(DISTINCT pid) AS waiting FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE NOT granted AND locktype IN ('transactionid', 'tuple') AND datname = current_database()`,
    );
    if (Number(row?.waiting ?? 0) >= count) return;
  }
}

test("another tenant's members do not exist", async () => {
  const other = await createTestTenant();
  const id = other.owner.actor.memberId;
  await expect(removeMember.execute(tenant.owner, { id })).rejects.toMatchObject({ code: "not-found" });
  await expect(changeRole.execute(tenant.owner, { id, role: "viewer" })).rejects.toMatchObject({ code: "not-found" });
});

describe("an invitation", () => {
  const tokenOf = (url: string) => url.split("#")[1] ?? "";

  test("is shown once, works once, and makes a member", async () => {
    const { url, ...invitation } = await inviteMember.execute(tenant.owner, { email: " New@Example.com ", role: "restorer" });
    expect(invitation).toMatchObject({ email: "new@example.com", role: "restorer", status: "open" });
    const token = tokenOf(url);
    expect(JSON.stringify(await listInvitations.execute(tenant.owner, {}))).not.toContain(token);
    expect(JSON.stringify(await listAudit.execute(tenant.owner, {}))).not.toContain(token);
    expect(await findInvitation(token)).toMatchObject({ email: "new@example.com", hasAccount: false });
    const input = { token, name: "New Member", password: TEST_PASSWORD };
    await acceptInvitation(input, from);
    await expect(acceptInvitation(input, from)).rejects.toMatchObject({ code: "not-found" });
    expect(await rolesOf(tenant.owner)).toEqual(["owner", "restorer"]);
    await expect(inviteMember.execute(tenant.owner, { email: "new@example.com", role: "viewer" })).rejects.toMatchObject({
      code: "already-member",
    });
  });

  test("no longer works once it is taken back, or replaced by a newer one", async () => {
    const first = await inviteMember.execute(tenant.owner, { email: "late@example.com", role: "viewer" });
    const second = await inviteMember.execute(tenant.owner, { email: "late@example.com", role: "viewer" });
    await expect(findInvitation(tokenOf(first.url))).rejects.toMatchObject({ code: "not-found" });
    await revokeInvitation.execute(tenant.owner, { id: second.id });
    await expect(findInvitation(tokenOf(second.url))).rejects.toMatchObject({ code: "not-found" });
    await expect(revokeInvitation.execute(tenant.owner, { id: second.id })).rejects.toMatchObject({ code: "not-open" });
  });

  test("no longer works once its maker is gone, or may not give that role any more", async () => {
    const leaving = await tenant.addMember("admin");
    const demoted = await tenant.addMember("owner");
    const byLeaving = await inviteMember.execute(leaving, { email: "a-back-door@example.com", role: "admin" });
    const byDemoted = await inviteMember.execute(demoted, { email: "another@example.com", role: "owner" });
    await removeMember.execute(tenant.owner, { id: leaving.actor.memberId });
    await changeRole.execute(tenant.owner, { id: demoted.actor.memberId, role: "admin" });
    for (const { url } of [byLeaving, byDemoted]) {
      const input = { token: tokenOf(url), name: "Somebody", password: TEST_PASSWORD };
      await expect(findInvitation(tokenOf(url))).rejects.toMatchObject({ code: "not-found" });
      await expect(acceptInvitation(input, from)).rejects.toMatchObject({ code: "not-found" });
    }
  });

  test("is a change of the tenant's configuration once it is accepted", async () => {
    await withTenant(tenant.id, (db) => db.policy.updateMany({ data: { onChange: true } }));
    const { url } = await inviteMember.execute(tenant.owner, { email: "new@example.com", role: "viewer" });
    const changeRuns = () => withTenant(tenant.id, (db) => db.run.count({ where: { trigger: "change" } }));
    expect(await changeRuns()).toBe(0);
    await acceptInvitation({ token: tokenOf(url), name: "New Member", password: TEST_PASSWORD }, from);
    expect(await changeRuns()).toBe(1);
  });

  test("to a person with an account elsewhere asks for that account's password", async () => {
    const other = await createTestTenant();
    const { url } = await inviteMember.execute(tenant.owner, { email: other.owner.actor.email, role: "viewer" });
    const token = tokenOf(url);
    await expect(acceptInvitation({ token, password: "not the one of theirs" }, from)).rejects.toMatchObject({ code: "wrong-password" });
    await acceptInvitation({ token, password: TEST_PASSWORD }, from);
    const session = await sessionOf(other.owner);
    expect(session?.memberships.map(({ role }) => role).sort()).toEqual(["owner", "viewer"]);
  });
});
