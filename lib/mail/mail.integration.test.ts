import { createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { startMailServer, type TestMailServer } from "#e2e/servers/smtp.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { claimMail } from "#lib/mail/claim-mail.ts";
import { findDueMails } from "#lib/mail/due-mails.ts";
import { leasedMails } from "#lib/mail/leased-mails.ts";
import { channelFailures, failRuns, letTimePass, mailsOf, sendMail, useMailServer } from "#lib/mail/mail-fixture.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
let tenant: TestTenant;
let server: TestMailServer;

beforeAll(async () => {
  installation = await createTestInstallation({
    HOLDFAST_MAIL_TIMEOUT_SECONDS: "0.7",
    HOLDFAST_URL: "https://backup.example",
    SMTP_URL: "smtp://127.0.0.1:9",
  });
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

async function replaceServer(options: Parameters<typeof startMailServer>[0]): Promise<void> {
  await server.stop();
  server = await startMailServer(options, server.port);
}

const statuses = async () => (await mailsOf(tenant)).map(({ status }) => status);
const refusal = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode });

test("one failure is one mail that says what, which system, what to do, where to look, and how to choose", async () => {
  await failRuns(tenant);
  await sendMail(tenant);
  await sendMail(tenant);
  const [mail] = await mailsOf(tenant);
  expect(mail).toMatchObject({ status: "sent", attempt: 1, failure: null, leaseOwner: null });
  expect(server.messages).toHaveLength(1);
  const [message] = server.messages;
  const system = await withTenant(tenant.id, (db) => db.system.findFirstOrThrow());
  expect(message?.to).toEqual([tenant.owner.actor.email]);
  expect(message?.headers["subject"]).toBe(`[Cellar & Sons] A backup failed: “${system.name}”`);
  expect(message?.headers["message-id"]).toBe(`<${String(mail?.id)}@backup.example>`);
  expect(message?.headers["auto-submitted"]).toBe("auto-generated");
  const url = `https://backup.example/t/${tenant.owner.tenant.slug}`;
  expect(message?.headers["list-unsubscribe"]).toBe(`<${url}/notifications>`);
  for (const words of ["The bucket answered 403.", "Let the key write there.", `${url}/runs/run_`, `${url}/notifications`]) {
    expect(message?.text).toContain(words);
  }
});

test("what comes from outside is text in both parts, and cannot add a header", async () => {
  await withTenant(tenant.id, (db) =>
    db.system.updateMany({ data: { name: 'x\r\nBcc: eve@example.com\r\n\r\n<img src="//eve.example">' } }),
  );
  await failRuns(tenant, 1, "It said <script>alert(1)</script> & more.");
  await sendMail(tenant);
  const [message] = server.messages;
  expect(message?.to).toEqual([tenant.owner.actor.email]);
  expect(Object.keys(message?.headers ?? {})).not.toContain("bcc");
  const html = message?.text.slice(message.text.indexOf("<!doctype")) ?? "";
  expect(html).toContain("&#60;script&#62;");
  expect(html).not.toMatch(/<script|<img/);
});

test("thousands of failures in a night are one mail at once, and one more after the pause", async () => {
  await failRuns(tenant);
  await sendMail(tenant);
  await failRuns(tenant, 1200);
  expect(await acrossTenants("scheduler", findDueMails)).toEqual([]);
  await sendMail(tenant);
  expect(server.messages).toHaveLength(1);
  await letTimePass(tenant, 301);
  expect(await acrossTenants("scheduler", findDueMails)).toHaveLength(1);
  await sendMail(tenant);
  await sendMail(tenant);
  expect(server.messages).toHaveLength(2);
  expect(server.messages[1]?.headers["subject"]).toBe("[Cellar & Sons] 1200 events, all of them failures: 1200 × A backup failed");
  expect(server.messages[1]?.text).toContain("And 1150 more.");
  expect(new Set(await statuses())).toEqual(new Set(["sent"]));
});

test("a refused recipient has failed at once, with the server's words, and the others hear of it once", async () => {
  const admin = await tenant.addMember("admin");
  await replaceServer({
    onRcptTo: ({ address }, _session, callback) =>
      address === tenant.owner.actor.email ? callback(refusal(550, "No such user here")) : callback(),
  });
  await failRuns(tenant);
  await sendMail(tenant);
  const memberId = tenant.owner.actor.memberId;
  const failed = (await mailsOf(tenant)).find((mail) => mail.memberId === memberId);
  expect(failed?.status).toBe("failed");
  expect(failed?.failure).toBe(`The mail server refuses mail to ${tenant.owner.actor.email}: “550 No such user here”.`);
  expect(await channelFailures(tenant)).toMatchObject([{ channel: "mail", channelId: memberId, message: failed?.failure }]);
  await letTimePass(tenant);
  await failRuns(tenant);
  await sendMail(tenant);
  expect(await channelFailures(tenant)).toHaveLength(1);
  await sendMail(tenant, admin.actor.memberId);
  expect(server.messages.flatMap(({ to }) => to)).toEqual([admin.actor.email]);
  expect(server.messages[0]?.text).toContain("A notification could not be sent: First Owner");
});

test("a server that asks to come back later (greylisting) is asked again", async () => {
  let asked = 0;
  await replaceServer({
    onRcptTo: (_address, _session, callback) => ((asked += 1) === 1 ? callback(refusal(451, "Greylisted, try again")) : callback()),
  });
  await failRuns(tenant);
  await sendMail(tenant);
  expect(await mailsOf(tenant)).toMatchObject([{ status: "pending", attempt: 1, leaseOwner: null }]);
  expect((await mailsOf(tenant))[0]?.failure).toContain("“451 Greylisted, try again”");
  await sendMail(tenant);
  expect(asked).toBe(1);
  await letTimePass(tenant, 61);
  await sendMail(tenant);
  expect(await mailsOf(tenant)).toMatchObject([{ status: "sent", attempt: 2, failure: null }]);
});

test("while the server is down everything waits, and goes out as one message once it is back", async () => {
  await server.stop();
  await failRuns(tenant, 2);
  await sendMail(tenant);
  expect((await mailsOf(tenant))[0]).toMatchObject({
    status: "pending",
    failure: "The mail server does not accept connections.",
  });
  await failRuns(tenant, 3);
  await letTimePass(tenant, 61);
  server = await startMailServer({}, server.port);
  await sendMail(tenant);
  expect(await statuses()).toEqual(Array.from({ length: 5 }, () => "sent"));
  expect(server.messages).toHaveLength(1);
});

test("no mail for an hour is told on the other channels, once until one goes out; after a day a mail is given up", async () => {
  await server.stop();
  await failRuns(tenant);
  await sendMail(tenant);
  expect(await channelFailures(tenant)).toEqual([]);
  for (let hour = 0; hour < 3; hour += 1) {
    await letTimePass(tenant, 3601);
    await sendMail(tenant);
  }
  expect(await channelFailures(tenant)).toMatchObject([{ channel: "mail", channelId: null }]);
  await letTimePass(tenant, 90_000);
  await sendMail(tenant);
  expect(await mailsOf(tenant)).toMatchObject([{ status: "failed", finishedAt: expect.any(Date) as Date }]);
  expect(await channelFailures(tenant)).toHaveLength(1);
  server = await startMailServer({}, server.port);
});

describe("a server that hangs", () => {
  let mute: Server;
  afterEach(() => new Promise((resolve) => void mute.close(resolve)));

  test("before its greeting holds nothing up: the mail waits for another attempt", async () => {
    mute = createServer(() => undefined);
    await new Promise<void>((resolve) => void mute.listen(0, "127.0.0.1", resolve));
    const { port } = mute.address() as { port: number };
    useMailServer(`smtp://127.0.0.1:${port}`);
    await failRuns(tenant);
    await sendMail(tenant);
    const [mail] = await mailsOf(tenant);
    expect(mail).toMatchObject({ status: "pending", digestId: null });
    expect(mail?.failure).toBe("The mail server did not answer in time.");
  });
});

test("a message that may have arrived goes out again as it was and under its name; what is new follows in another", async () => {
  let isSilent = true;
  const taken: string[] = [];
  await replaceServer({
    onData(stream, _session, callback) {
      let raw = "";
      stream.on("data", (part: Buffer) => (raw += part.toString()));
      stream.on("end", () => {
        taken.push(raw);
        if (!isSilent) callback();
      });
    },
  });
  await failRuns(tenant);
  await sendMail(tenant);
  const [first] = await mailsOf(tenant);
  expect(first).toMatchObject({ status: "pending", digestId: first?.id });
  isSilent = false;
  await failRuns(tenant);
  await letTimePass(tenant);
  await sendMail(tenant);
  await letTimePass(tenant);
  await sendMail(tenant);
  const idOf = (raw = "") => /^message-id: (.*)$/im.exec(raw)?.[1];
  const subjectOf = (raw = "") => /^subject: (.*(?:\r\n .*)*)$/im.exec(raw)?.[1];
  expect(taken).toHaveLength(3);
  expect(idOf(taken[1])).toBe(idOf(taken[0]));
  expect(subjectOf(taken[1])).toBe(subjectOf(taken[0]));
  expect(idOf(taken[2])).not.toBe(idOf(taken[0]));
  expect(await statuses()).toEqual(["sent", "sent"]);
});

test("nothing is lost when a worker dies between taking a mail and sending it, and the dead one changes nothing any more", async () => {
  await failRuns(tenant, 3);
  const { memberId } = tenant.owner.actor;
  const claimed = await claimMail(tenant.id, memberId);
  expect(claimed?.digest.counts).toEqual([{ type: "run.failed", count: 3 }]);
  await sendMail(tenant);
  expect(server.messages).toEqual([]);
  const held = (await acrossTenants("scheduler", (db) => leasedMails.held(db))).filter(({ tenantId }) => tenantId === tenant.id);
  expect(held).toHaveLength(1);
  for (const mail of held) {
    await leasedMails.giveUp({ ...mail, beat: mail.beat + 1n });
    expect(await statuses()).toEqual(["sending", "sending", "sending"]);
    await leasedMails.giveUp(mail);
  }
  await sendMail(tenant);
  expect(server.messages).toHaveLength(1);
  expect(await statuses()).toEqual(["sent", "sent", "sent"]);
});

test("two workers at once send one message", async () => {
  await failRuns(tenant, 5);
  await Promise.all(Array.from({ length: 4 }, () => sendMail(tenant)));
  expect(server.messages).toHaveLength(1);
});

test("what a member no longer wants, or may no longer see, is not sent", async () => {
  await failRuns(tenant, 2);
  const { memberId } = tenant.owner.actor;
  await withTenant(tenant.id, (db) => db.member.updateMany({ where: { id: memberId }, data: { mailTypes: { "run.failed": false } } }));
  await sendMail(tenant);
  expect(await statuses()).toEqual(["cancelled", "cancelled"]);
  expect(server.connections()).toBe(0);
});

test("another tenant's mail is another message, and its member is nobody here", async () => {
  const other = await createTestTenant();
  await failRuns(tenant);
  await failRuns(other, 1, "Only theirs.");
  await sendMail(tenant, other.owner.actor.memberId);
  expect(server.messages).toEqual([]);
  await sendMail(tenant);
  await sendMail(other);
  expect(server.messages.map(({ to }) => to[0])).toEqual([tenant.owner.actor.email, other.owner.actor.email]);
  expect(server.messages[0]?.text).not.toContain("Only theirs.");
});

test("without SMTP_URL nobody is written to, and nothing heaps up", async () => {
  useMailServer(null);
  await failRuns(tenant);
  expect(await mailsOf(tenant)).toEqual([]);
  expect(await acrossTenants("scheduler", findDueMails)).toEqual([]);
});
