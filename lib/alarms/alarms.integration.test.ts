import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { startMailServer } from "#e2e/servers/smtp.ts";
import { startWebhookReceiver } from "#e2e/servers/webhook-receiver.ts";
import { raiseOverdue } from "#lib/alarms/raise-overdue.ts";
import { newTakingFromDead } from "#lib/alarms/take-from-dead.ts";
import { webRound } from "#lib/alarms/watch-from-web.ts";
import { noteLook, watchWorker } from "#lib/alarms/watch-worker.ts";
import { whyNotWell } from "#lib/alarms/why-not-well.ts";
import { type BackupFixture, createBackupFixture } from "#lib/backups/backup-fixture.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { spreadEvents } from "#lib/events/spread-events.ts";
import { newId } from "#lib/ids.ts";
import { claimMail } from "#lib/mail/claim-mail.ts";
import { useMailServer } from "#lib/mail/mail-fixture.ts";
import { updatePolicy } from "#lib/policies/update-policy.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";
import { claimDelivery } from "#lib/webhooks/claim-delivery.ts";
import { createWebhook } from "#lib/webhooks/create-webhook.ts";
import { sayHeldBack } from "#worker/say-held-back.ts";

const HOUR = 1 / 24;
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);

let installation: TestInstallation;
let fixture: BackupFixture;
beforeAll(async () => {
  installation = await createTestInstallation({ LOG_LEVEL: "silent", HOLDFAST_WEBHOOK_RETRY_SECONDS: "0.001" });
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});
beforeEach(async () => {
  fixture = await createBackupFixture(await createTestTenant());
});

const events = async (of = fixture.tenant.id) =>
  withTenant(of, (db) => db.event.findMany({ orderBy: { id: "asc" }, select: { type: true, subjectId: true, data: true } }));
const types = async (of?: string) => (await events(of)).map(({ type }) => type);
const overdueSince = async () => (await withTenant(fixture.tenant.id, (db) => db.system.findFirstOrThrow())).overdueSince;
const covered = (since: Date) =>
  withTenant(fixture.tenant.id, async (db) => {
    const { policyId, systemId } = fixture;
    await db.policySystem.deleteMany();
    await db.policySystem.createMany({ data: [{ policyId, systemId, createdAt: since }] });
  });
const round = () => raiseOverdue(new AbortController().signal);

describe("a system without a good backup within its promise", () => {
  test("is told of once, however many look, and again when it is good", async () => {
    await fixture.backup(3);
    await round();
    await Promise.all([round(), round(), round()]);
    expect(await types()).toEqual(["system.overdue"]);
    const [told] = await events();
    expect(told).toMatchObject({ subjectId: fixture.systemId, data: { systemId: fixture.systemId, maximumAgeHours: 26 } });
    expect((await overdueSince())?.getTime()).toBeCloseTo(hoursAgo(72 - 26).getTime(), -5);
    await fixture.backup(HOUR);
    await Promise.all([round(), round()]);
    expect(await types()).toEqual(["system.overdue", "system.recovered"]);
    expect(await overdueSince()).toBeNull();
  });

  test("counts from when the policy began to cover it while there is none, and an edit of the policy does not begin anew", async () => {
    await round();
    expect(await types()).toEqual([]);
    await covered(hoursAgo(27));
    const { policyId, systemId, tenant } = fixture;
    await updatePolicy.execute(tenant.owner, { id: policyId, systemIds: [systemId] });
    await round();
    expect(await events()).toMatchObject([{ type: "system.overdue", data: { lastGoodAt: null } }]);
  });

  test("a backup that is not proven, damaged, in the trash or nobody's counts for nothing", async () => {
    await covered(hoursAgo(27));
    await fixture.backup(HOUR, { proven: "decryptable" });
    await fixture.backup(HOUR, { copies: { [fixture.destinationId]: "damaged" } });
    await fixture.backup(HOUR, { status: "trashed" });
    await fixture.backup(HOUR, { authenticity: "foreign", origin: "rebuild" });
    await round();
    expect(await types()).toEqual(["system.overdue"]);
  });

  test("nor does one that is dated in the future, as after a clock that was set back", async () => {
    await covered(hoursAgo(27));
    await fixture.backup(-30);
    await round();
    expect(await types()).toEqual(["system.overdue"]);
    await fixture.backup(HOUR);
    await round();
    expect(await types()).toEqual(["system.overdue", "system.recovered"]);
  });

  test("of several policies the strictest counts, and an edited schedule counts at the next round", async () => {
    await fixture.backup(5 * HOUR);
    await round();
    expect(await types()).toEqual([]);
    const second = newId("policy");
    await withTenant(fixture.tenant.id, async (db) => {
      const { retention } = await db.policy.findFirstOrThrow();
      const schedule = { kind: "cron", expression: "0 * * * *", timeZone: "UTC" };
      await db.policy.createMany({ data: [{ id: second, name: "Hourly", schedule, retention: retention ?? {} }] });
      await db.policySystem.createMany({ data: [{ policyId: second, systemId: fixture.systemId }] });
    });
    await round();
    expect(await events()).toMatchObject([{ data: { maximumAgeHours: 3 } }]);
    await updatePolicy.execute(fixture.tenant.owner, { id: second, schedule: { kind: "hours", at: ["01:00", "13:00"], timeZone: "UTC" } });
    await round();
    expect(await types()).toEqual(["system.overdue", "system.recovered"]);
  });

  test("a policy that is switched off promises nothing: no alarm, and no all-clear either", async () => {
    await fixture.backup(3);
    await round();
    await updatePolicy.execute(fixture.tenant.owner, { id: fixture.policyId, enabled: false });
    await round();
    expect(await overdueSince()).toBeNull();
    expect(await types()).toEqual(["system.overdue"]);
    await updatePolicy.execute(fixture.tenant.owner, { id: fixture.policyId, enabled: true });
    await round();
    expect(await types()).toEqual(["system.overdue", "system.overdue"]);
  });

  test("a schedule that nobody can read promises nothing, and holds up nobody else", async () => {
    await fixture.backup(3);
    await withTenant(fixture.tenant.id, (db) => db.policy.updateMany({ data: { schedule: { kind: "whenever" } } }));
    const other = await createBackupFixture(await createTestTenant());
    await other.backup(3);
    await round();
    expect(await types()).toEqual([]);
    expect(await types(other.tenant.id)).toEqual(["system.overdue"]);
  });
});

describe("a worker that is missing", () => {
  const limits = { longestPauseMs: 60_000 };
  const look = () => watchWorker(limits, Infinity);
  const lastLook = async (at: Date) => {
    await noteLook();
    await acrossTenants("scheduler", (db) => db.installation.updateMany({ data: { lastDispatchAt: at } }));
  };

  const put = ({ policyId, systemId, tenant }: BackupFixture, dueAt: Date, more: object = {}) =>
    withTenant(tenant.id, (db) => {
      const id = newId("run");
      const row = { policyId, systemId, trigger: "schedule", status: "scheduled", destinationIds: [] };
      return db.run.createMany({ data: [{ ...row, id, occurrence: id, dueAt, ...more }] });
    });
  const end = ({ tenant }: BackupFixture) => withTenant(tenant.id, (db) => db.run.updateMany({ data: { status: "cancelled" } }));

  test("is told once to each tenant with an enabled policy, and again after it was back", async () => {
    const idle = await createTestTenant();
    await withTenant(idle.id, (db) => db.policy.updateMany({ data: { enabled: false } }));
    await noteLook();
    expect(await look()).toBeNull();
    await lastLook(hoursAgo(1));
    await Promise.all([look(), look(), look()]);
    expect(await look()).toMatchObject({ kind: "missing" });
    expect(await types()).toEqual(["worker.missing"]);
    expect(await types(idle.id)).toEqual([]);
    await noteLook();
    expect(await look()).toBeNull();
    await lastLook(hoursAgo(1));
    await look();
    expect(await types()).toEqual(["worker.missing", "worker.missing"]);
    await noteLook();
    await look();
  });

  test("runs that lie untouched beyond their window are told to their tenant alone", async () => {
    const other = await createTestTenant();
    await noteLook();
    await put(fixture, hoursAgo(0.9));
    await put(fixture, hoursAgo(9), { status: "queued", queuedAt: hoursAgo(0.5), attempt: 1 });
    await put(fixture, hoursAgo(9), { status: "completed" });
    expect(await look()).toBeNull();
    await put(fixture, hoursAgo(1.1));
    expect(await look()).toMatchObject({ kind: "late" });
    expect(await types()).toEqual(["worker.missing"]);
    expect(await types(other.id)).toEqual([]);
    await end(fixture);
    expect(await look()).toBeNull();
  });

  test("one that nothing holds back is late, whatever it once waited for, and so is one that was tried before", async () => {
    await noteLook();
    await put(fixture, hoursAgo(9), { status: "queued", queuedAt: hoursAgo(2), waitingFor: "Its turn within the policy’s window." });
    expect(await look()).toBeNull();
    await acrossTenants("scheduler", sayHeldBack);
    expect(await look()).toMatchObject({ kind: "late" });
    await end(fixture);
    await put(fixture, hoursAgo(9), { status: "queued", queuedAt: hoursAgo(2), attempt: 1 });
    expect(await look()).toMatchObject({ kind: "late" });
    await end(fixture);
  });

  test("late runs of one tenant hide neither those of another nor a worker that then dies; each hears of its own alone", async () => {
    const other = await createBackupFixture(await createTestTenant());
    await noteLook();
    await put(fixture, hoursAgo(5));
    await Promise.all([look(), look(), look()]);
    expect([await types(), await types(other.tenant.id)]).toEqual([["worker.missing"], []]);
    await put(other, hoursAgo(3));
    await Promise.all([look(), look()]);
    expect([await types(), await types(other.tenant.id)]).toEqual([["worker.missing"], ["worker.missing"]]);
    expect(JSON.stringify(await events(other.tenant.id))).toContain("A due run has not begun");
    await lastLook(hoursAgo(1));
    await look();
    await look();
    expect([(await types()).length, (await types(other.tenant.id)).length]).toEqual([2, 2]);
    await noteLook();
    await end(fixture);
    await end(other);
    expect(await look()).toBeNull();
  });

  test("late runs of one tenant of several do not stop the call of the dead-man's address while runs begin; those of two do", async () => {
    const other = await createBackupFixture(await createTestTenant());
    await noteLook();
    await put(fixture, hoursAgo(5));
    await put(other, hoursAgo(5), { status: "running", startedAt: new Date() });
    expect(await whyNotWell()).toBeNull();
    await put(other, hoursAgo(3));
    expect(await whyNotWell()).toContain("have not begun");
    await end(fixture);
    await end(other);
  });

  test("reaches a person by mail and by webhook although no worker runs, and once", async () => {
    const server = await startMailServer();
    const receiver = await startWebhookReceiver();
    useMailServer(server.url);
    const { tenant } = fixture;
    await fixture.backup(3);
    const { id } = await createWebhook.execute(tenant.owner, { name: "Pager", url: receiver.origin, types: ["worker.missing"] });
    await lastLook(hoursAgo(1));
    const webs = () => webRound(new AbortController().signal, () => Promise.resolve(), look);
    const mine = () => server.messages.filter(({ to }) => to.includes(tenant.owner.actor.email));
    await webs();
    await Promise.all([webs(), webs()]);
    expect(mine()).toHaveLength(1);
    expect(mine()[0]?.text).toContain("has not looked for due runs since");
    expect(mine()[0]?.text).toContain("A system has no recent backup");
    expect(receiver.calls).toHaveLength(1);
    expect(await withTenant(tenant.id, (db) => db.delivery.findMany())).toMatchObject([{ webhookId: id, status: "delivered" }]);
    await noteLook();
    await webs();
    expect(mine()).toHaveLength(1);
    useMailServer(null);
    await Promise.all([server.stop(), receiver.stop()]);
  });

  test("reaches a person although a worker died while it was sending to that very person and webhook", async () => {
    const server = await startMailServer();
    const receiver = await startWebhookReceiver();
    useMailServer(server.url);
    const { id: tenantId, owner } = fixture.tenant;
    await createWebhook.execute(owner, { name: "Pager", url: receiver.origin, types: ["worker.missing"] });
    await lastLook(hoursAgo(1));
    await look();
    while (await spreadEvents());
    const { id } = await withTenant(tenantId, (db) => db.delivery.findFirstOrThrow());
    expect(await claimDelivery(tenantId, id, true)).not.toBeNull();
    expect(await claimMail(tenantId, owner.actor.memberId)).not.toBeNull();
    let nowMs = 0;
    const takeFromDead = newTakingFromDead(() => nowMs);
    for (let rounds = 0; rounds < 4; rounds += 1) {
      await webRound(new AbortController().signal, takeFromDead, look);
      nowMs += 40_000;
    }
    expect(receiver.calls).toHaveLength(1);
    expect(server.messages.filter(({ to }) => to.includes(owner.actor.email))).toHaveLength(1);
    await noteLook();
    expect(await look()).toBeNull();
    useMailServer(null);
    await Promise.all([server.stop(), receiver.stop()]);
  });

  test("a look is noted at once after the database's clock was put back", async () => {
    await lastLook(new Date(Date.now() + 86_400_000));
    await noteLook();
    const known = await acrossTenants("scheduler", (db) => db.installation.findFirstOrThrow());
    expect(known.lastDispatchAt?.getTime()).toBeLessThan(Date.now() + 60_000);
  });
});
