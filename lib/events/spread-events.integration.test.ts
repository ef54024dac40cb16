import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { forgetOldEvents } from "#lib/events/forget-old-events.ts";
import { recordEvent } from "#lib/events/record-event.ts";
import { spreadEvents, spreadWaiting } from "#lib/events/spread-events.ts";
import { newId } from "#lib/ids.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
let tenant: TestTenant;

beforeAll(async () => {
  installation = await createTestInstallation({ SMTP_URL: "smtp://127.0.0.1:9", HOLDFAST_URL: "https://backup.example" });
});
beforeEach(async () => {
  tenant = await createTestTenant();
  // The fixture tells of things of its own.
  while (await spreadEvents());
  await withTenant(tenant.id, (db) => db.event.updateMany({ data: { spreadAt: new Date() } }));
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

async function failedRun(of = tenant): Promise<{ systemId: string; policyId: string; runId: string }> {
  return withTenant(of.id, async (db) => {
    const ids = {
      systemId: (await db.system.findFirstOrThrow()).id,
      policyId: (await db.policy.findFirstOrThrow()).id,
      runId: newId("run"),
    };
    const failure = { message: "The bucket answered 403.", mend: "Let the key write." };
    await recordEvent(
      db,
      "run.failed",
      { tenantId: of.id, subjectKind: "run", subjectId: ids.runId },
      { ...ids, trigger: "schedule", failure },
    );
    return ids;
  });
}

async function webhook(types: string[], change: { enabled?: boolean; deletedAt?: Date } = {}): Promise<string> {
  const id = newId("webhook");
  const data = [{ id, name: "Pager", origin: "https://hooks.example", sealedSecrets: "x", types, ...change }];
  await withTenant(tenant.id, (db) => db.webhook.createMany({ data }));
  return id;
}

const rows = (of = tenant) =>
  withTenant(of.id, async (db) => ({
    deliveries: await db.delivery.findMany({ include: { event: true } }),
    mails: await db.mail.findMany({ include: { event: true } }),
  }));

test("what is rolled back is told to nobody", async () => {
  const failing = withTenant(tenant.id, async (db) => {
    await recordEvent(db, "system.recovered", { tenantId: tenant.id }, { systemId: "sys_1" });
    throw new Error("rolled back");
  });
  await expect(failing).rejects.toThrow("rolled back");
  await spreadEvents();
  expect(await withTenant(tenant.id, (db) => db.event.count({ where: { type: "system.recovered" } }))).toBe(0);
});

test("a failure goes to each webhook that wants it and to every member, with names and a link", async () => {
  const wanting = await webhook(["run.failed", "run.completed"]);
  await webhook(["run.completed"]);
  await webhook(["run.failed"], { enabled: false });
  await webhook(["run.failed"], { deletedAt: new Date() });
  await tenant.addMember("viewer");
  const { runId } = await failedRun();
  await spreadEvents();
  const { deliveries, mails } = await rows();
  expect(deliveries).toMatchObject([{ webhookId: wanting, status: "pending", trigger: "event", attempt: 0 }]);
  expect(deliveries[0]?.nextAttemptAt).toBeInstanceOf(Date);
  expect(mails.map(({ status }) => status)).toEqual(["pending", "pending"]);
  const system = await withTenant(tenant.id, (db) => db.system.findFirstOrThrow());
  expect(mails[0]?.event.data).toMatchObject({
    systemName: system.name,
    policyName: expect.any(String) as string,
    tenantName: "Cellar & Sons",
    link: `https://backup.example/t/${tenant.owner.tenant.slug}/runs/${runId}`,
    failure: { message: "The bucket answered 403." },
  });
});

test("however many dispatchers spread at once, nothing is made twice and nothing is left out", async () => {
  const other = await createTestTenant();
  await webhook(["run.failed"]);
  for (let count = 0; count < 130; count += 1) await failedRun(count % 13 === 0 ? other : tenant);
  const spreading = async () => {
    while (await spreadEvents());
  };
  await Promise.all(Array.from({ length: 6 }, spreading));
  await spreading();
  const { deliveries, mails } = await rows();
  expect(new Set(deliveries.map(({ eventId }) => eventId)).size).toBe(120);
  expect([deliveries.length, mails.length]).toEqual([120, 120]);
  const others = await rows(other);
  expect([others.deliveries.length, others.mails.length]).toEqual([0, 10]);
  expect(await withTenant(tenant.id, (db) => db.event.count({ where: { spreadAt: null } }))).toBe(0);
});

test("a member has what they chose, and nothing that their role may not see", async () => {
  const viewer = await tenant.addMember("viewer");
  const choose = (id: string, mailTypes: Record<string, boolean>) =>
    withTenant(tenant.id, (db) => db.member.updateMany({ where: { id }, data: { mailTypes } }));
  await choose(tenant.owner.actor.memberId, { "run.failed": false, "member.signedOut": true });
  await choose(viewer.actor.memberId, { "member.signedOut": true });
  await failedRun();
  const signedOut = { memberId: "mem_1", memberName: "Somebody", reason: "removed from the tenant" };
  await withTenant(tenant.id, (db) => recordEvent(db, "member.signedOut", { tenantId: tenant.id }, signedOut));
  await spreadEvents();
  const { mails } = await rows();
  const told = mails.map(({ memberId, event }) => `${event.type} to ${memberId}`).sort();
  expect(told).toEqual([`member.signedOut to ${tenant.owner.actor.memberId}`, `run.failed to ${viewer.actor.memberId}`]);
});

test("a channel's failure goes to the others, not to itself", async () => {
  const failed = await webhook(["channel.failed"]);
  const working = await webhook(["channel.failed"]);
  const admin = await tenant.addMember("admin");
  const record = (channel: "webhook" | "mail", channelId: string | null) =>
    withTenant(tenant.id, (db) =>
      recordEvent(db, "channel.failed", { tenantId: tenant.id }, { channel, channelId, message: "It answered 410." }),
    );
  await record("webhook", failed);
  await record("mail", null);
  await record("mail", admin.actor.memberId);
  await spreadEvents();
  const { deliveries, mails } = await rows();
  const about = ({ event }: { event: { data: unknown } }) => (event.data as { channelId: string | null }).channelId;
  expect(
    deliveries
      .filter(({ webhookId }) => webhookId === failed)
      .map(about)
      .sort(),
  ).toEqual([admin.actor.memberId, null]);
  expect(deliveries.filter(({ webhookId }) => webhookId === working)).toHaveLength(3);
  const told = mails.map((mail) => `${String(about(mail))} to ${mail.memberId}`).sort();
  const owner = tenant.owner.actor.memberId;
  expect(told).toEqual([`${admin.actor.memberId} to ${owner}`, `${failed} to ${admin.actor.memberId}`, `${failed} to ${owner}`].sort());
});

test("a test is spread to nobody: its button says where it goes", async () => {
  await webhook(["test", "run.failed"]);
  await withTenant(tenant.id, (db) => recordEvent(db, "test", { tenantId: tenant.id }, { message: "A test." }));
  await spreadEvents();
  expect(await rows()).toEqual({ deliveries: [], mails: [] });
});

test("events that were told long ago are forgotten with their mails; in doubt of the clock nothing is", async () => {
  await failedRun();
  await failedRun();
  await spreadEvents();
  const first = await withTenant(tenant.id, (db) => db.event.findFirstOrThrow({ where: { type: "run.failed" } }));
  const old = new Date(Date.now() - 91 * 86_400_000);
  await withTenant(tenant.id, (db) => db.event.updateMany({ where: { id: first.id }, data: { spreadAt: old } }));
  const doubt = (clockDoubt: string | null) => acrossTenants("scheduler", (db) => db.installation.updateMany({ data: { clockDoubt } }));
  await acrossTenants("scheduler", (db) => db.installation.count());
  await withTenant(tenant.id, (db) => db.installation.createMany({ data: [{ id: "this", name: "x" }], skipDuplicates: true }));
  await doubt("ahead");
  await acrossTenants("scheduler", (db) => forgetOldEvents(db));
  expect((await rows()).mails).toHaveLength(2);
  await doubt(null);
  await acrossTenants("scheduler", (db) => forgetOldEvents(db));
  expect((await rows()).mails.map(({ eventId }) => eventId)).not.toContain(first.id);
  expect((await rows()).mails).toHaveLength(1);
});

test("a round takes no longer than it may, however much there is to be told", async () => {
  const many = Array.from({ length: 250 }, () => ({ id: newId("event"), type: "run.failed", data: {} }));
  await withTenant(tenant.id, (db) => db.event.createMany({ data: many }));
  const waiting = () => withTenant(tenant.id, (db) => db.event.count({ where: { spreadAt: null } }));
  await spreadWaiting(0);
  expect(await waiting()).toBe(150);
  await spreadWaiting();
  expect(await waiting()).toBe(0);
});
