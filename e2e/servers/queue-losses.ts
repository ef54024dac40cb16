import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { BackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { type FaultProxy, startFaultProxy } from "#e2e/servers/fault-proxy.ts";
import { startMailServer, type TestMailServer } from "#e2e/servers/smtp.ts";
import type { Sshd } from "#e2e/servers/sshd.ts";
import { accept, startWebhookReceiver, type WebhookReceiver } from "#e2e/servers/webhook-receiver.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createDestination } from "#lib/destinations/create-destination.ts";
import { recordEvent } from "#lib/events/record-event.ts";
import { executeRestore } from "#lib/restores/execute-restore.ts";
import { getRestore } from "#lib/restores/get-restore.ts";
import { planRestore } from "#lib/restores/plan-restore.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { TEST_PASSWORD } from "#lib/tenants/tenant-fixture.ts";
import { verifyBackup } from "#lib/verifications/verify-backup.ts";
import { addDelivery, addWebhook } from "#lib/webhooks/webhook-fixture.ts";

const PLANS = 3;
const DELIVERIES = 3;

/** Servers that take what workers send and say nothing until they are released. */
export interface SilentServers {
  mail: TestMailServer;
  webhooks: WebhookReceiver;
  hold(): void;
  release(): void;
  stop(): Promise<void>;
}

/** Starts them; workers have to be told of the mail server. */
export async function startSilentServers(): Promise<SilentServers> {
  let waiting: (() => void)[] | null = null;
  const pass = (answer: () => void) => {
    if (waiting) waiting.push(answer);
    else answer();
  };
  const mail = await startMailServer({ onMailFrom: (_address, _session, callback) => pass(callback) });
  const webhooks = await startWebhookReceiver();
  webhooks.answer = (call, response) => pass(() => accept(call, response));
  return {
    mail,
    webhooks,
    hold: () => void (waiting ??= []),
    release: () => {
      const answers = waiting ?? [];
      waiting = null;
      for (const answer of answers) answer();
    },
    stop: async () => {
      await webhooks.stop();
      await mail.stop();
    },
  };
}

/** How often each was done, and what came of it. */
export interface WorkDone {
  plans: { status: string; attempt: number }[];
  restore: { status: string; attempt: number; told: string[] };
  verification: { status: string; attempt: number };
  deliveries: { status: string; attempt: number }[];
  calls: number;
  mails: { status: string; attempt: number }[];
  messages: number;
}

/** What has to become of it, however often the queue is lost. The restore is claimed twice: for its plan, and to be carried out. */
export const EACH_ONCE: WorkDone = {
  plans: Array.from({ length: PLANS - 1 }, () => ({ status: "planned", attempt: 1 })),
  restore: { status: "completed", attempt: 2, told: ["restore.requested", "restore.approved", "restore.completed"] },
  verification: { status: "completed", attempt: 1 },
  deliveries: Array.from({ length: DELIVERIES }, () => ({ status: "delivered", attempt: 1 })),
  calls: DELIVERIES,
  mails: [{ status: "sent", attempt: 1 }],
  messages: 1,
};

/**
 * Lets the workers that run plan restores, of which there is one more than they have slots for, verify, call webhooks and send mail; loses the queue in the
 * middle of all that, and once more in the middle of the restore that is then carried out. Answers what was done in the end. `file` is one of the folder's.
 */
export async function workThroughLosses(
  folder: BackedUpFolder,
  { servers, sshd, file, lose }: { servers: SilentServers; sshd: Sshd; file: string; lose: () => Promise<unknown> },
): Promise<WorkDone> {
  const proxy = await startFaultProxy(sshd);
  try {
    const backupId = await backUpInto(await addRemote(folder, sshd, proxy), folder);
    writeFileSync(file, "changed since\n");
    servers.hold();
    proxy.stall();
    const target = { backupId, targetSystemId: folder.systemId };
    const [id = "", ...others] = await Promise.all(
      Array.from({ length: PLANS }, async () => (await planRestore.execute(folder.owner, target)).id),
    );
    await verifyBackup.execute(folder.owner, { id: backupId });
    await tell(folder, servers);
    await until(async () => areUnderWay(await readWork(folder)));
    await lose();
    servers.release();
    proxy.resume();
    await until(async () => (await readWork(folder)).restores.every(({ status }) => status === "planned"));

    proxy.stall();
    const { plan } = await getRestore.execute(folder.owner, { id });
    await executeRestore.execute(folder.owner, { id, planHash: plan?.hash, password: TEST_PASSWORD });
    await until(async () => (await getRestore.execute(folder.owner, { id })).status === "running");
    await lose();
    proxy.resume();
    await until(async () => isOver(await readWork(folder)));
    return await summary(folder, servers, { id, others });
  } finally {
    await proxy.close();
  }
}

async function addRemote(folder: BackedUpFolder, sshd: Sshd, { port }: FaultProxy): Promise<string> {
  const path = join(sshd.root, "store");
  mkdirSync(path);
  const { host, user, privateKey } = sshd;
  const config = { host, port, user, privateKey, hostKey: `ssh-ed25519 ${sshd.hostKeyFingerprint}`, path };
  return (await createDestination.execute(folder.owner, { name: "Remote", kind: "sftp", config })).id;
}

async function backUpInto(destinationId: string, { owner, systemId }: BackedUpFolder): Promise<string> {
  const { id } = await startBackup.execute(owner, { systemId, destinationIds: [destinationId] });
  await until(async () => (await getRun.execute(owner, { id })).status === "completed");
  return (await getRun.execute(owner, { id })).backupId ?? "";
}

/** Makes events for webhooks and for mail. */
async function tell({ tenantId, owner, systemId }: BackedUpFolder, { webhooks }: SilentServers): Promise<void> {
  const { id } = await addWebhook(owner, `${webhooks.origin}/x`);
  for (let made = 0; made < DELIVERIES; made++) await addDelivery(tenantId, id);
  await withTenant(tenantId, async (db) => {
    const subject = { tenantId, subjectKind: "system", subjectId: systemId };
    await recordEvent(db, "system.overdue", subject, { systemId, lastGoodAt: null, maximumAgeHours: 24 });
  });
}

async function readWork({ tenantId }: BackedUpFolder) {
  return withTenant(tenantId, async (db) => ({
    restores: await db.restore.findMany({ orderBy: { id: "asc" } }),
    verifications: await db.verification.findMany({ where: { trigger: "person" } }),
    deliveries: await db.delivery.findMany(),
    mails: await db.mail.findMany(),
  }));
}

type Work = Awaited<ReturnType<typeof readWork>>;

/** One of each kind at least; two restores, which are as many as two workers have slots for. */
function areUnderWay({ restores, verifications, deliveries, mails }: Work): boolean {
  const planning = restores.filter(({ leaseOwner }) => leaseOwner !== null);
  const sending = [deliveries, mails].every((rows) => rows.some(({ status }) => status === "sending"));
  return planning.length === PLANS - 1 && verifications.some(({ status }) => status === "running") && sending;
}

function isOver({ restores, verifications, deliveries, mails }: Work): boolean {
  const open = ["planning", "approved", "running", "queued", "pending", "sending"];
  return [...restores, ...verifications, ...deliveries, ...mails].every(({ status }) => !open.includes(status));
}

async function summary(
  folder: BackedUpFolder,
  { mail, webhooks }: SilentServers,
  { id, others }: { id: string; others: string[] },
): Promise<WorkDone> {
  const work = await readWork(folder);
  const told = await withTenant(folder.tenantId, (db) => db.event.findMany({ where: { subjectId: id }, orderBy: { createdAt: "asc" } }));
  const brief = ({ status, attempt }: { status: string; attempt: number }) => ({ status, attempt });
  const [restore] = work.restores.filter((row) => row.id === id).map(brief);
  const [verification] = work.verifications.map(brief);
  if (!restore || !verification) throw new Error("What was begun is not there any more.");
  return {
    plans: work.restores.filter((row) => others.includes(row.id)).map(brief),
    restore: { ...restore, told: told.map(({ type }) => type) },
    verification,
    deliveries: work.deliveries.map(brief),
    calls: webhooks.calls.length,
    mails: work.mails.map(brief),
    messages: mail.messages.length,
  };
}

/** The test's own limit ends what never comes. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(50);
}
