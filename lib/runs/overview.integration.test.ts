import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { noteLook } from "#lib/alarms/watch-worker.ts";
import { type BackupFixture, createBackupFixture } from "#lib/backups/backup-fixture.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { forgetEnv } from "#lib/env.ts";
import { newId } from "#lib/ids.ts";
import { getOverview } from "#lib/runs/get-overview.ts";
import { getSystem } from "#lib/systems/get-system.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";

const HOUR = 1 / 24;

let installation: TestInstallation;
let fixture: BackupFixture;
let cellar: string;
beforeAll(async () => {
  installation = await createTestInstallation();
});
afterAll(async () => {
  for (const name of ["HOLDFAST_MISSING_SECONDS", "HOLDFAST_DISPATCH_SECONDS"]) Reflect.deleteProperty(process.env, name);
  await closeClients();
  await installation.remove();
});
beforeEach(async () => {
  fixture = await createBackupFixture(await createTestTenant());
  cellar = newId("destination");
  await withTenant(fixture.tenant.id, async (db) => {
    await db.destination.createMany({ data: [{ id: cellar, name: "Cellar", kind: "s3", config: {} }] });
    await db.key.updateMany({ data: { identityTakenAt: new Date() } });
  });
});

const overview = () => getOverview.execute(fixture.tenant.owner, {});
const inBoth = () => ({ copies: { [fixture.destinationId]: "stored", [cellar]: "stored" } });
const setKey = (identityTakenAt: Date | null) => withTenant(fixture.tenant.id, (db) => db.key.updateMany({ data: { identityTakenAt } }));

test("says that everything is proven only while nothing warns: not of a key, nor of the clock", async () => {
  await fixture.backup(HOUR, inBoth());
  expect(await overview()).toMatchObject({ state: "proven", counts: { warnings: 0 } });
  await setKey(null);
  expect(await overview()).toMatchObject({ state: "warnings", counts: { warnings: 1 } });
  await setKey(new Date(Date.now() - 91 * 86_400_000));
  expect(await overview()).toMatchObject({ state: "warnings", counts: { warnings: 1 } });
  await setKey(new Date());
  await fixture.backup(-1, inBoth());
  const doubted = await overview();
  expect(doubted).toMatchObject({ state: "warnings", counts: { warnings: 2 } });
  expect(doubted.systems.find(({ id }) => id === fixture.systemId)?.reason).toContain("its date is still to come");
});

test("a backup that is damaged, or lies nowhere, is not the last good one, and keeps no promise", async () => {
  const good = await fixture.backup(3, inBoth());
  await fixture.backup(2, { ...inBoth(), proven: "stored" });
  await fixture.backup(HOUR, { copies: { [cellar]: "damaged" } });
  const { lastGoodBackup, systems, state } = await overview();
  expect(lastGoodBackup).toMatchObject({ backupId: good });
  expect(state).toBe("attention");
  expect(systems.find(({ id }) => id === fixture.systemId)?.reason).toContain("The newest good backup is older than");
});

test("a partial run warns for as long as a copy is missing", async () => {
  const id = await fixture.backup(HOUR, { copies: { [fixture.destinationId]: "stored", [cellar]: "failed" } });
  await withTenant(fixture.tenant.id, (db) => db.run.updateMany({ where: { backupId: id }, data: { status: "partial" } }));
  expect(await overview()).toMatchObject({ state: "warnings" });
  await withTenant(fixture.tenant.id, (db) => db.backupCopy.updateMany({ where: { backupId: id }, data: { status: "stored" } }));
  expect(await overview()).toMatchObject({ state: "proven" });
});

test("says how a promise is broken without any worker's help, and that a policy that is switched off promises nothing", async () => {
  const { tenant, policyId, systemId } = fixture;
  const system = async () => (await overview()).systems.find(({ id }) => id === systemId);
  const listed = async () => (await getSystem.execute(tenant.owner, { id: systemId })).overdueSince;
  expect(await system()).toMatchObject({ state: "waiting", promiseHours: 26 });
  expect(await listed()).toBeNull();
  await withTenant(tenant.id, async (db) => {
    await db.policySystem.deleteMany();
    await db.policySystem.createMany({ data: [{ policyId, systemId, createdAt: new Date(Date.now() - 27 * 3_600_000) }] });
  });
  expect(await system()).toMatchObject({ state: "attention" });
  expect((await system())?.reason).toContain("It has no good backup, although its policy promised one by");
  expect(Date.parse((await listed()) ?? "")).toBeCloseTo(Date.now() - 3_600_000, -5);
  await withTenant(tenant.id, (db) => db.policy.updateMany({ data: { enabled: false } }));
  expect(await system()).toMatchObject({ state: "waiting", promiseHours: null });
  expect(await listed()).toBeNull();
  await fixture.backup(HOUR, inBoth());
  expect((await system())?.reason).toContain("switched off and promises nothing");
});

test("nothing is called proven while nobody looks for due runs, and a run that was missed needs attention", async () => {
  await fixture.backup(HOUR, inBoth());
  process.env["HOLDFAST_MISSING_SECONDS"] = "1";
  process.env["HOLDFAST_DISPATCH_SECONDS"] = "0.1";
  forgetEnv();
  await noteLook();
  expect(await overview()).toMatchObject({ state: "proven" });
  await acrossTenants("scheduler", (db) => db.installation.updateMany({ data: { lastDispatchAt: new Date(Date.now() - 3_600_000) } }));
  expect(await overview()).toMatchObject({ state: "warnings" });
  await noteLook();
  const run = { id: newId("run"), systemId: fixture.systemId, trigger: "schedule", status: "missed", destinationIds: [] };
  await withTenant(fixture.tenant.id, (db) => db.run.createMany({ data: [{ ...run, dueAt: new Date() }] }));
  const { systems } = await overview();
  const missed = systems.find(({ id }) => id === fixture.systemId);
  expect(missed).toMatchObject({ state: "attention", reason: "The last planned run was missed." });
  expect(missed?.strip.at(-1)?.detail).toContain("1 missed");
});
