import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { startMailServer, type TestMailServer } from "#e2e/servers/smtp.ts";
import { startWorkerProcess, type WorkerProcess } from "#e2e/servers/worker-process.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { recordEvent } from "#lib/events/record-event.ts";
import { mailsOf } from "#lib/mail/mail-fixture.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
let tenant: TestTenant;
let server: TestMailServer;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  installation = await createTestInstallation({
    HOLDFAST_LEASE_SECONDS: "2",
    HOLDFAST_HEARTBEAT_SECONDS: "0.2",
    HOLDFAST_DISPATCH_SECONDS: "0.2",
    LOG_LEVEL: "info",
  });
  tenant = await createTestTenant();
  await withTenant(tenant.id, (db) => db.event.updateMany({ data: { spreadAt: new Date() } }));
});
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.stop())));
afterAll(async () => {
  await closeClients();
  await server.stop();
  await installation.remove();
});

function startWorker(): WorkerProcess {
  const worker = startWorkerProcess({ ...installation.environment, SMTP_URL: server.url });
  workers.push(worker);
  return worker;
}

const overdue = () =>
  withTenant(tenant.id, async (db) => {
    const { id: systemId } = await db.system.findFirstOrThrow();
    const subject = { tenantId: tenant.id, subjectKind: "system", subjectId: systemId };
    await recordEvent(db, "system.overdue", subject, { systemId, lastGoodAt: null, maximumAgeHours: 24 });
  });

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await delay(50);
}

test("a worker that is killed while it sends loses no mail: another one sends it, once", async () => {
  let letterBox: "hangs" | "works" = "hangs";
  server = await startMailServer({
    onMailFrom: (_address, _session, callback) => {
      if (letterBox === "works") callback();
    },
  });
  const first = startWorker();
  await overdue();
  await until(() => server.connections() > 0);
  first.child.kill("SIGKILL");
  await first.ended;
  letterBox = "works";
  startWorker();
  startWorker();
  await until(async () => (await mailsOf(tenant)).some(({ status }) => status === "sent"));
  await overdue();
  await until(async () => (await mailsOf(tenant)).length > 1);
  expect(server.messages).toHaveLength(1);
  expect(server.messages[0]?.headers["subject"]).toContain("A system has no recent backup");
  expect((await mailsOf(tenant))[0]).toMatchObject({ status: "sent", leaseOwner: null, attempt: 2 });
});
