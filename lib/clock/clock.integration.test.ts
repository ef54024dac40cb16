import { uptime } from "node:os";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { createBackupFixture } from "#lib/backups/backup-fixture.ts";
import { installationName } from "#lib/backups/installation-name.ts";
import { checkClock, forgetReadings, trustClock } from "#lib/clock/check-clock.ts";
import { agrees, compareClocks, workerNow } from "#lib/clock/worker-clock.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients, type Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { forgetEnv } from "#lib/env.ts";
import { newId } from "#lib/ids.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";
import { sweep } from "#worker/sweeper.ts";

const DAY_MS = 86_400_000;

let installation: TestInstallation;
let tenants: TestTenant[];
beforeAll(async () => {
  installation = await createTestInstallation({ LOG_LEVEL: "silent" });
  await acrossTenants("scheduler", installationName);
  tenants = [await createTestTenant(), await createTestTenant()];
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});
beforeEach(async () => {
  forgetReadings();
  await trustClock();
});

const told = () => Promise.all(tenants.map(({ id }) => withTenant(id, (db) => db.event.count({ where: { type: "clock.doubted" } }))));
/** As the machine counts: two days fewer than the database's clock went forward. */
const jump = async () => {
  await checkClock({ machineUptime: () => uptime() * 1000 + 2 * DAY_MS });
  return checkClock();
};

test("every tenant is told once of each doubt, however many find it", async () => {
  expect(await checkClock()).toMatchObject({ doubt: null });
  expect(await told()).toEqual([0, 0]);
  expect(await jump()).toMatchObject({ doubt: "jumped" });
  await Promise.all([checkClock(), checkClock(), checkClock()]);
  expect(await told()).toEqual([1, 1]);
  await trustClock();
  expect(await checkClock()).toMatchObject({ doubt: null });
  expect(await jump()).toMatchObject({ doubt: "jumped" });
  expect(await told()).toEqual([2, 2]);
});

test("a jump forgets nothing that is kept for a day, until somebody confirms the clock", async () => {
  const [tenant] = tenants;
  if (!tenant) throw new Error("There is no tenant.");
  const { memberId } = tenant.owner.actor;
  const yesterday = new Date(Date.now() - 2 * DAY_MS);
  const row = { memberId, key: newId("run"), operation: "startBackup", status: 202, createdAt: yesterday };
  await withTenant(tenant.id, (db) => db.idempotencyKey.createMany({ data: [row] }));
  const kept = () => withTenant(tenant.id, (db) => db.idempotencyKey.count());
  await jump();
  await sweep(new AbortController().signal);
  expect(await kept()).toBe(1);
  await trustClock();
  await sweep(new AbortController().signal);
  expect(await kept()).toBe(0);
});

test("jumps of less than an hour add up, and are not found again once somebody has confirmed them", async () => {
  const look = (jumps: number) => checkClock({ machineUptime: () => uptime() * 1000 - jumps * 50 * 60_000 });
  expect(await look(0)).toMatchObject({ doubt: null });
  expect(await look(1)).toMatchObject({ doubt: null });
  expect(await look(2)).toMatchObject({ doubt: "jumped" });
  await trustClock();
  expect(await look(2)).toMatchObject({ doubt: null });
  expect(await look(3)).toMatchObject({ doubt: null });
});

test("while it is in doubt, the sweeper does not look again at what was removed", async () => {
  const fixture = await createBackupFixture(await createTestTenant());
  const backupId = await fixture.backup(1, { copies: { [fixture.destinationId]: "failed" } });
  const inTenant = <T>(work: (db: Transaction) => Promise<T>) => withTenant(fixture.tenant.id, work);
  await inTenant((db) => db.backupCopy.updateMany({ where: { backupId }, data: { lookAgainAt: new Date(Date.now() - 1000), looks: 1 } }));
  const looks = async () => (await inTenant((db) => db.backupCopy.findFirstOrThrow({ where: { backupId } }))).looks;
  await jump();
  await sweep(new AbortController().signal);
  expect(await looks()).toBe(1);
  await trustClock();
  await sweep(new AbortController().signal);
  expect(await looks()).toBe(2);
});

test("a clock is compared with the database's to within what the question took", async () => {
  const right = await compareClocks();
  expect(agrees(right, 5000)).toBe(true);
  for (const offMs of [6000, -6000]) {
    const wrong = await compareClocks(() => Date.now() + offMs);
    expect(Math.abs(wrong.aheadMs - offMs)).toBeLessThanOrEqual(1000 + wrong.uncertainMs);
    expect(agrees({ ...wrong, uncertainMs: 0 }, 5000)).toBe(false);
  }
  expect(agrees({ aheadMs: 7000, uncertainMs: 3000 }, 5000)).toBe(true);
});

test("the variable for tests shifts this process's clock and no other", () => {
  process.env["HOLDFAST_CLOCK_SHIFT_SECONDS"] = "-120";
  forgetEnv();
  expect(Math.round((workerNow() - Date.now()) / 1000)).toBe(-120);
  Reflect.deleteProperty(process.env, "HOLDFAST_CLOCK_SHIFT_SECONDS");
  forgetEnv();
});
