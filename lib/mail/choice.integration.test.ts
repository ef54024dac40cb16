import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { startMailServer, type TestMailServer } from "#e2e/servers/smtp.ts";
import { getNotices } from "#lib/alarms/get-notices.ts";
import { listAudit } from "#lib/audit/list-audit.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { failureNames } from "#lib/events/event-types.ts";
import { newId } from "#lib/ids.ts";
import { chooseMail } from "#lib/mail/choose-mail.ts";
import { getMailChoice } from "#lib/mail/get-mail-choice.ts";
import { failRuns, letTimePass, sendMail, useMailServer } from "#lib/mail/mail-fixture.ts";
import { sendTestMail } from "#lib/mail/send-test-mail.ts";
import { changeRole } from "#lib/members/change-role.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
let tenant: TestTenant;
let server: TestMailServer;

beforeAll(async () => {
  installation = await createTestInstallation({ HOLDFAST_MAIL_TIMEOUT_SECONDS: "2" });
});
beforeEach(async () => {
  server = await startMailServer();
  useMailServer(server.url);
  tenant = await createTestTenant();
});
afterEach(() => server.stop());
afterAll(async () => {
  await closeClients();
  useMailServer(null);
  await installation.remove();
});

const choiceOf = (who = tenant.owner) => getMailChoice.execute(who, {});
const channels = (who = tenant.owner) => getNotices.execute(who, {}).then((notices) => notices.channels);
const storedTypes = () =>
  withTenant(tenant.id, (db) => db.member.findFirstOrThrow({ where: { id: tenant.owner.actor.memberId } })).then((row) => row.mailTypes);

describe("the choice", () => {
  test("is failures until a member chooses, and only that member's", async () => {
    const admin = await tenant.addMember("admin");
    expect(await choiceOf()).toMatchObject({ isConfigured: true, address: tenant.owner.actor.email, types: failureNames, failure: null });
    await chooseMail.execute(tenant.owner, { types: ["run.failed", "run.completed"] });
    expect((await choiceOf()).types).toEqual(["run.completed", "run.failed"]);
    expect((await choiceOf(admin)).types).toEqual(failureNames);
    await chooseMail.execute(tenant.owner, { types: failureNames });
    expect(await storedTypes()).toBeNull();
  });

  test("offers a viewer nothing of members and settings, and takes nothing of it", async () => {
    const viewer = await tenant.addMember("viewer");
    expect((await choiceOf(viewer)).available).not.toContain("member.signedOut");
    const chosen = await chooseMail.execute(viewer, { types: ["member.signedOut", "run.failed"] });
    expect(chosen.types).toEqual(["run.failed"]);
  });

  test("keeps what was chosen in another role", async () => {
    const admin = await tenant.addMember("admin");
    await chooseMail.execute(admin, { types: ["member.signedOut"] });
    await changeRole.execute(tenant.owner, { id: admin.actor.memberId, role: "viewer" });
    const asViewer = { ...admin, actor: { ...admin.actor, role: "viewer" as const } };
    await chooseMail.execute(asViewer, { types: ["run.completed"] });
    await changeRole.execute(tenant.owner, { id: admin.actor.memberId, role: "admin" });
    expect((await choiceOf(admin)).types).toEqual(["run.completed", "member.signedOut"]);
  });

  test("refuses a type that does not exist", async () => {
    await expect(chooseMail.execute(tenant.owner, { types: ["run.exploded"] })).rejects.toMatchObject({ code: "invalid-input" });
  });

  test("says why the last mail did not go out", async () => {
    await server.stop();
    await failRuns(tenant);
    await sendMail(tenant);
    expect((await choiceOf()).failure).toContain("does not accept connections");
    server = await startMailServer({}, server.port);
    await letTimePass(tenant);
    await sendMail(tenant);
    expect((await choiceOf()).failure).toBeNull();
  });
});

describe("the test mail", () => {
  const press = () => sendTestMail.execute(tenant.owner, {});

  test("goes to oneself, and says that the server took it; not every second", async () => {
    expect(await press()).toMatchObject({ accepted: true, message: "The mail server took it." });
    expect(server.messages).toMatchObject([{ to: [tenant.owner.actor.email] }]);
    expect(server.messages[0]?.headers["subject"]).toBe("[Cellar & Sons] A test mail");
    expect(server.messages[0]?.headers["list-unsubscribe"]).toMatch(/^<http.*\/notifications>$/);
    await expect(press()).rejects.toMatchObject({ code: "too-many-requests" });
    const { items } = await listAudit.execute(tenant.owner, { action: "member.mailTested" });
    expect(items).toMatchObject([{ actor: { label: tenant.owner.actor.email }, detail: { accepted: true } }]);
  });

  test("says in the server's words why it was refused", async () => {
    await server.stop();
    const no = Object.assign(new Error("Mailbox is full"), { responseCode: 552 });
    server = await startMailServer({ onRcptTo: (_address, _session, callback) => callback(no) }, server.port);
    expect(await press()).toMatchObject({ accepted: false, message: expect.stringContaining("“552 Mailbox is full”") as string });
  });

  test("is not there without a mail server", async () => {
    useMailServer(null);
    await expect(press()).rejects.toMatchObject({ code: "no-mail-server" });
  });
});

describe("whether anybody is told", () => {
  const webhook = (change: object = {}) => {
    const row = { id: newId("webhook"), name: "Pager", origin: "https://hooks.example", sealedSecrets: "x", types: ["run.failed"] };
    return withTenant(tenant.id, (db) => db.webhook.createMany({ data: [{ ...row, ...change }] }));
  };

  test("nobody without a mail server and a webhook; a webhook is enough, if it works and is for failed runs", async () => {
    useMailServer(null);
    expect(await channels()).toEqual({ reachesSomebody: false, mail: "off", webhooks: 0 });
    await webhook({ types: ["run.completed"] });
    await webhook({ enabled: false });
    await webhook({ deletedAt: new Date() });
    await webhook({ failingSince: new Date(Date.now() - 3_700_000) });
    expect(await channels()).toMatchObject({ reachesSomebody: false });
    await webhook({ failingSince: new Date(Date.now() - 60_000) });
    expect(await channels()).toEqual({ reachesSomebody: true, mail: "off", webhooks: 1 });
    expect(await channels((await createTestTenant()).owner)).toMatchObject({ reachesSomebody: false });
  });

  test("nobody when no member wants failures", async () => {
    expect(await channels()).toEqual({ reachesSomebody: true, mail: "works", webhooks: 0 });
    await chooseMail.execute(tenant.owner, { types: [] });
    expect(await channels()).toEqual({ reachesSomebody: false, mail: "unwanted", webhooks: 0 });
    await tenant.addMember("viewer");
    expect(await channels()).toMatchObject({ reachesSomebody: true });
  });

  test("nobody while mail has been failing for an hour, and somebody again once one went out", async () => {
    await server.stop();
    await failRuns(tenant);
    await sendMail(tenant);
    expect(await channels()).toMatchObject({ mail: "works" });
    await letTimePass(tenant, 3700);
    expect(await channels()).toEqual({ reachesSomebody: false, mail: "failing", webhooks: 0 });
    server = await startMailServer({}, server.port);
    await sendMail(tenant);
    expect(await channels()).toMatchObject({ reachesSomebody: true, mail: "works" });
  });

  test("nobody when the only address is refused", async () => {
    await server.stop();
    const no = Object.assign(new Error("No such user"), { responseCode: 550 });
    server = await startMailServer({ onRcptTo: (_address, _session, callback) => callback(no) }, server.port);
    await failRuns(tenant);
    await sendMail(tenant);
    expect(await channels()).toMatchObject({ reachesSomebody: false, mail: "failing" });
  });
});
