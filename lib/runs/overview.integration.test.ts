import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type BackupFixture, createBackupFixture } from "#lib/backups/backup-fixture.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { getOverview } from "#lib/runs/get-overview.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";

const HOUR = 1 / 24;

let installation: TestInstallation;
let fixture: BackupFixture;
let cellar: string;
beforeAll(async () => {
  installation = await createTestInstallation();
});
afterAll(async () => {
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
  expect(await overview()).toMatchObject({ state: "warnings", counts: { warnings: 1 }, clockDoubt: { confirmable: false } });
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
