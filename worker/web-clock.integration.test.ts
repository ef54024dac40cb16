import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type BackupFixture, createBackupFixture } from "#lib/backups/backup-fixture.ts";
import { deleteBackup } from "#lib/backups/delete-backup.ts";
import { useLink } from "#lib/backups/downloads/use-link.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { addCopy } from "#lib/copies/add-copy.ts";
import { reportBadCopy } from "#lib/copies/report-bad-copy.ts";
import { retryCopy } from "#lib/copies/retry-copy.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { startSystemExport } from "#lib/exports/start-system-export.ts";
import { newId } from "#lib/ids.ts";
import { createPolicy } from "#lib/policies/create-policy.ts";
import { createTestTenant, TEST_PASSWORD } from "#lib/tenants/tenant-fixture.ts";
import { queueVerification } from "#lib/verifications/queue-verification.ts";
import { verifyBackup } from "#lib/verifications/verify-backup.ts";
import { setClockBy } from "#worker/clock-fixture.ts";
import { queueDueVerifications } from "#worker/due-verifications.ts";

const DAY_MS = 86_400_000;
/** So far behind the database's is this process's clock. */
const AHEAD_DAYS = 30;

let installation: TestInstallation;
let admin: pg.Client;
let fixture: BackupFixture;
let second: string;

beforeAll(async () => {
  installation = await createTestInstallation({ LOG_LEVEL: "silent" });
  admin = new pg.Client({ connectionString: installation.database.superuserUrl });
  await admin.connect();
});
beforeEach(async () => {
  fixture = await createBackupFixture(await createTestTenant());
  second = newId("destination");
  const row = { id: second, name: "Second", kind: "local", config: { path: "second" } };
  await withTenant(fixture.tenant.id, (db) => db.destination.createMany({ data: [row] }));
});
afterEach(() => setClockBy(admin, null));
afterAll(async () => {
  await admin.end();
  await closeClients();
  await installation.remove();
});

/** By how many days an instant lies ahead of this process's clock. */
const daysAhead = (at: Date | null | undefined) => Math.round(((at?.getTime() ?? Number.NaN) - Date.now()) / DAY_MS);
const copyOf = (backupId: string, destinationId: string) =>
  withTenant(fixture.tenant.id, (db) => db.backupCopy.findFirstOrThrow({ where: { backupId, destinationId } }));

test("what a person asks of a web process with a wrong clock is dated by the database's, and so due at once", async () => {
  const { tenant, systemId, destinationId } = fixture;
  const { owner } = tenant;
  const [trashed, verified, copied, damaged] = [
    await fixture.backup(1),
    await fixture.backup(1),
    await fixture.backup(1),
    await fixture.backup(1, { copies: { [destinationId]: "stored", [second]: "stored" } }),
  ];
  await setClockBy(admin, `${AHEAD_DAYS} days`);

  const run = await startBackup.execute(owner, { systemId });
  const { dueAt, queuedAt } = await withTenant(tenant.id, (db) => db.run.findFirstOrThrow({ where: { id: run.id } }));
  expect([daysAhead(dueAt), daysAhead(queuedAt)]).toEqual([AHEAD_DAYS, AHEAD_DAYS]);

  await deleteBackup.execute(owner, { id: trashed });
  const inTrash = await withTenant(tenant.id, (db) => db.backup.findFirstOrThrow({ where: { id: trashed } }));
  expect([inTrash.status, daysAhead(inTrash.trashedAt)]).toEqual(["trashed", AHEAD_DAYS]);

  await verifyBackup.execute(owner, { id: verified });
  const verification = await withTenant(tenant.id, (db) =>
    db.verification.findFirstOrThrow({ where: { backupId: verified }, include: { backup: true } }),
  );
  expect([daysAhead(verification.queuedAt), daysAhead(verification.backup.checkedAt)]).toEqual([AHEAD_DAYS, AHEAD_DAYS]);

  await withTenant(tenant.id, (db) => db.backup.updateMany({ where: { id: copied }, data: { description: "{}" } }));
  await addCopy.execute(owner, { id: copied, destinationId: second });
  expect(daysAhead((await copyOf(copied, second)).nextAttemptAt)).toBe(AHEAD_DAYS);
  await withTenant(tenant.id, (db) => db.backupCopy.updateMany({ where: { backupId: copied }, data: { nextAttemptAt: null } }));
  await retryCopy.execute(owner, { id: copied, destinationId: second });
  expect(daysAhead((await copyOf(copied, second)).nextAttemptAt)).toBe(AHEAD_DAYS);

  await reportBadCopy({ tenantId: tenant.id, backupId: damaged, destinationId: second }, "missing", "downloading");
  expect(daysAhead((await copyOf(damaged, second)).nextAttemptAt)).toBe(AHEAD_DAYS);
});

test("a link that such a web process makes lasts by the database's clock", async () => {
  const { tenant, systemId } = fixture;
  await fixture.backup(1);
  await setClockBy(admin, `${AHEAD_DAYS} days`);
  const { url } = await startSystemExport.execute(tenant.owner, { id: systemId, password: TEST_PASSWORD });
  expect(await useLink(tenant.owner, url.split("/").at(-1) ?? "")).toEqual({ backupId: null, systemId });
});

test("the first day of a policy that runs every few days is one of the database's", async () => {
  const { tenant, systemId, destinationId } = fixture;
  await setClockBy(admin, `${AHEAD_DAYS} days`);
  const { schedule } = await createPolicy.execute(tenant.owner, {
    name: "Every third day",
    systemIds: [systemId],
    destinationIds: [destinationId],
    schedule: { kind: "interval", everyDays: 3, at: ["01:00"], timeZone: "UTC" },
    retention: { keepLast: 5 },
  });
  const anchor = schedule.kind === "interval" ? new Date(`${schedule.anchorDate}T01:00:00Z`) : null;
  expect([AHEAD_DAYS, AHEAD_DAYS + 1]).toContain(daysAhead(anchor));
});

test("a worker whose own clock was a year ahead, and was set right, goes on with scheduled verifications", async () => {
  const { tenant } = fixture;
  const scheduled = () => withTenant(tenant.id, (db) => db.verification.count({ where: { status: "queued" } }));
  for (let count = 0; count < 5; count += 1) {
    const wanted = {
      backupId: await fixture.backup(60),
      destinationId: null,
      requestedBy: null,
      withKey: false,
      trigger: "schedule",
    } as const;
    await withTenant(tenant.id, (db) => queueVerification(db, wanted));
  }
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 365 * DAY_MS });
  try {
    // As many as may wait do, so it is to look again at once.
    await queueDueVerifications();
  } finally {
    vi.useRealTimers();
  }
  expect(await scheduled()).toBe(5);
  await withTenant(tenant.id, (db) => db.verification.updateMany({ data: { status: "completed" } }));
  await fixture.backup(60);
  await queueDueVerifications();
  expect(await scheduled()).toBeGreaterThan(0);
});
