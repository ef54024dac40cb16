import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type BackupFixture, createBackupFixture } from "#lib/backups/backup-fixture.ts";
import { installationName } from "#lib/backups/installation-name.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";
import { forgetOldVerifications } from "#lib/verifications/forget-old-verifications.ts";
import { deleteWebhook } from "#lib/webhooks/delete-webhook.ts";
import { forgetOldWebhooks } from "#lib/webhooks/forget-old-webhooks.ts";
import { addWebhook } from "#lib/webhooks/webhook-fixture.ts";

const DAY_MS = 86_400_000;

let installation: TestInstallation;
let tenant: TestTenant;
let fixture: BackupFixture;

beforeAll(async () => {
  installation = await createTestInstallation();
  await acrossTenants("scheduler", installationName);
  tenant = await createTestTenant();
  fixture = await createBackupFixture(tenant);
});
beforeEach(() => doubt(null));
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

const doubt = (clockDoubt: string | null) => acrossTenants("scheduler", (db) => db.installation.updateMany({ data: { clockDoubt } }));

/** A verification that ended so long ago, or that is still under way. */
async function verification(backupId: string, daysAgo: number, status = "completed"): Promise<string> {
  const id = newId("verification");
  const createdAt = new Date(Date.now() - daysAgo * DAY_MS);
  const row = { id, backupId, trigger: "schedule", status, createdAt, finishedAt: status === "running" ? null : createdAt };
  await withTenant(tenant.id, (db) => db.verification.createMany({ data: [row] }));
  return id;
}

const forgetVerifications = () => acrossTenants("scheduler", forgetOldVerifications);
const verifications = () => withTenant(tenant.id, async (db) => (await db.verification.findMany()).map(({ id }) => id).toSorted());

test("verifications of over a year ago are forgotten, but not the last one of a backup, and none while the clock is in doubt", async () => {
  const often = await fixture.backup(900);
  const old = [await verification(often, 800), await verification(often, 367)];
  const young = [await verification(often, 364), await verification(often, 10)];
  const lastOfBackup = await verification(await fixture.backup(800), 700, "failed");
  const underWay = await fixture.backup(600);
  old.push(await verification(underWay, 500));
  const kept = [...young, lastOfBackup, await verification(underWay, 400, "running")].toSorted();
  await doubt("jumped");
  expect(await forgetVerifications()).toBe(0);
  expect(await verifications()).toEqual([...kept, ...old].toSorted());
  await doubt(null);
  expect(await forgetVerifications()).toBe(old.length);
  expect(await verifications()).toEqual(kept);
});

test("a webhook that was deleted long ago stays while the clock is in doubt: its deletion may be taken back still", async () => {
  const { id } = await addWebhook(tenant.owner, "https://hooks.example.com/x");
  await deleteWebhook.execute(tenant.owner, { id });
  await withTenant(tenant.id, (db) => db.webhook.updateMany({ where: { id }, data: { deletedAt: new Date(Date.now() - 8 * DAY_MS) } }));
  const forget = () => acrossTenants("scheduler", (db) => forgetOldWebhooks(db));
  await doubt("jumped");
  expect(await forget()).toBe(0);
  await doubt(null);
  expect(await forget()).toBe(1);
  expect(await withTenant(tenant.id, (db) => db.webhook.count())).toBe(0);
});
