import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type BackupFixture, createBackupFixture } from "#lib/backups/backup-fixture.ts";
import { readRetainedBackups } from "#lib/backups/decide-retention.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { isGood } from "#lib/schedule/retention.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";
import { queueScheduledVerifications } from "#lib/verifications/queue-scheduled-verifications.ts";

// Copies of a backup that the catalogue had, which a rebuild found in another destination.

const DAY_MS = 86_400_000;

let installation: TestInstallation;
let fixture: BackupFixture;
let other: string;
beforeAll(async () => {
  installation = await createTestInstallation();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});
beforeEach(async () => {
  fixture = await createBackupFixture(await createTestTenant());
  other = newId("destination");
  const row = { id: other, name: "Other", kind: "local", config: { path: "other" } };
  await withTenant(fixture.tenant.id, (db) => db.destination.createMany({ data: [row] }));
});

const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);

/** A backup that was looked at so many days ago. */
async function lookedAt(days: number, copies?: Record<string, string>): Promise<string> {
  const id = await fixture.backup(60, copies ? { copies } : {});
  await withTenant(fixture.tenant.id, async (db) => {
    await db.backup.updateMany({ where: { id }, data: { checkedAt: daysAgo(days), verifiedAt: daysAgo(days) } });
    await db.backupCopy.updateMany({ where: { backupId: id }, data: { verifiedAt: daysAgo(days) } });
  });
  return id;
}

async function findCopy(backupId: string, more: object = {}): Promise<void> {
  const copy = { backupId, destinationId: other, objectKey: `${backupId}.age`, descriptionKey: `${backupId}.json`, status: "stored" };
  await withTenant(fixture.tenant.id, (db) => db.backupCopy.createMany({ data: [{ ...copy, isFound: true, ...more }] }));
}

/** Which backups have their turn, in order. */
async function turns(): Promise<string[]> {
  return withTenant(fixture.tenant.id, async (db) => {
    await queueScheduledVerifications(db, fixture.tenant.id);
    const queued = await db.verification.findMany({ where: { trigger: "schedule" }, orderBy: { turnAt: "asc" } });
    return queued.map(({ backupId }) => backupId);
  });
}

test("has its turn before everything that somebody has read, and once", async () => {
  await Promise.all([29, 40, 50].map((days) => lookedAt(days)));
  const found = await lookedAt(0);
  await findCopy(found);
  expect(await turns()).toEqual([found]);
  // It was tried, and could not be told: it waits for its next turn like all others.
  await withTenant(fixture.tenant.id, async (db) => {
    await db.verification.updateMany({ data: { status: "failed", turnAt: daysAgo(1) } });
    await db.backup.updateMany({ where: { id: found }, data: { checkedAt: new Date() } });
  });
  expect((await turns()).filter((id) => id === found)).toEqual([found]);
});

test("one that was read has no such turn", async () => {
  const oldest = await lookedAt(50);
  const found = await lookedAt(0);
  await findCopy(found, { verifiedAt: new Date() });
  expect(await turns()).toEqual([oldest]);
});

test("does not make a backup good while nobody has read it", async () => {
  const id = await lookedAt(1, { [fixture.destinationId]: "missing" });
  await findCopy(id);
  const isGoodNow = async () => (await withTenant(fixture.tenant.id, (db) => readRetainedBackups(db, { id }))).map(isGood);
  expect(await isGoodNow()).toEqual([false]);
  await withTenant(fixture.tenant.id, (db) =>
    db.backupCopy.updateMany({ where: { destinationId: other }, data: { verifiedAt: new Date() } }),
  );
  expect(await isGoodNow()).toEqual([true]);
});

test("is all that a rebuilt backup has, which its own proof speaks for", async () => {
  const id = await fixture.backup(3, { origin: "rebuild", copies: {} });
  await findCopy(id);
  const backups = await withTenant(fixture.tenant.id, (db) => readRetainedBackups(db, { id }));
  expect(backups.map(isGood)).toEqual([true]);
});
