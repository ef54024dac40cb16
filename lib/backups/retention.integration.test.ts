import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { createS3Stage } from "#e2e/servers/s3-stage.ts";
import { getNotices } from "#lib/alarms/get-notices.ts";
import { listAudit } from "#lib/audit/list-audit.ts";
import { applyRetention } from "#lib/backups/apply-retention.ts";
import { type BackupFixture, createBackupFixture } from "#lib/backups/backup-fixture.ts";
import { deleteBackup } from "#lib/backups/delete-backup.ts";
import { eraseBackup } from "#lib/backups/erase-backup.ts";
import { getBackup } from "#lib/backups/get-backup.ts";
import { pinBackup } from "#lib/backups/pin-backup.ts";
import { recoverBackup } from "#lib/backups/recover-backup.ts";
import { extendSafetyPin } from "#lib/backups/safety-pin.ts";
import { unpinBackup } from "#lib/backups/unpin-backup.ts";
import { type CheckedClock, checkClock, trustClock } from "#lib/clock/check-clock.ts";
import { confirmClock } from "#lib/clock/confirm-clock.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createDestination } from "#lib/destinations/create-destination.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import { newId } from "#lib/ids.ts";
import { createTestTenant, TEST_PASSWORD } from "#lib/tenants/tenant-fixture.ts";
import { sweep } from "#worker/sweeper.ts";

const DAY_MS = 86_400_000;

let installation: TestInstallation;
let fixture: BackupFixture;

beforeAll(async () => {
  installation = await createTestInstallation();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});
beforeEach(async () => {
  await asAdministrator("INSERT INTO installation (id, name) VALUES ('this', 'tests') ON CONFLICT DO NOTHING");
  // What the test before read of the machine no longer counts, nor what that is taken for.
  await checkClock();
  await asAdministrator("UPDATE installation SET clock_doubt = NULL, clock_doubt_since = NULL, last_tick_at = NULL");
  fixture = await createBackupFixture(await createTestTenant());
  await keep({ keepLast: 2 });
});

async function asAdministrator(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: installation.database.superuserUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}

const keep = (retention: object) =>
  withTenant(fixture.tenant.id, (db) => db.policy.updateMany({ where: { id: fixture.policyId }, data: { retention } }));
const apply = (check?: () => Promise<CheckedClock>, systemId = fixture.systemId) =>
  applyRetention({
    tenantId: fixture.tenant.id,
    policyId: fixture.policyId,
    systemId,
    signal: new AbortController().signal,
    ...(check && { check }),
  });
const sweepNow = (check?: () => Promise<CheckedClock>) => sweep(new AbortController().signal, check);
const kept = async () =>
  Object.entries(await fixture.states())
    .filter(([, status]) => status === "completed")
    .map(([id]) => id)
    .sort();
const copyOf = (backupId: string) => withTenant(fixture.tenant.id, (db) => db.backupCopy.findFirstOrThrow({ where: { backupId } }));
const owner = () => fixture.tenant.owner;
const proof = { password: TEST_PASSWORD };

describe("retention after a run", () => {
  test("deletes what no rule keeps, and says so in the log", async () => {
    const [old, ...newer] = [await fixture.backup(9), await fixture.backup(2), await fixture.backup(1)];
    await apply();
    expect(await fixture.states()).toEqual({ [old]: "deleted", ...Object.fromEntries(newer.map((id) => [id, "completed"])) });
    const { items } = await listAudit.execute(owner(), { subjectId: fixture.policyId });
    expect(items[0]).toMatchObject({ action: "backup.deletedByRetention", detail: { backupIds: [old] } });
  });

  test("spares pinned, imported, held, safety and other policies' backups, and what a restore uses", async () => {
    await fixture.backup(2);
    await fixture.backup(1);
    const spared = [
      await fixture.backup(20, { pinned: true }),
      await fixture.backup(21, { pinnedUntil: new Date(Date.now() + DAY_MS) }),
      await fixture.backup(22, { origin: "import" }),
      await fixture.backup(23, { origin: "rebuild", retentionHeld: true }),
      await fixture.backup(24, { policyId: null, trigger: "safety" }),
      await fixture.backup(25, { policyId: null, trigger: "person" }),
    ];
    const used = [await fixture.backup(26), await fixture.backup(27)];
    const lost = await fixture.backup(28, { pinnedUntil: new Date(Date.now() - DAY_MS) });
    await withTenant(fixture.tenant.id, (db) =>
      db.restore.createMany({
        data: [
          {
            id: newId("restore"),
            backupId: used[0] ?? "",
            targetSystemId: fixture.systemId,
            status: "planned",
            parts: [],
            requestedBy: "mem_x",
          },
          {
            id: newId("restore"),
            backupId: spared[0] ?? "",
            safetyBackupId: used[1] ?? null,
            targetSystemId: fixture.systemId,
            status: "running",
            parts: [],
            requestedBy: "mem_x",
          },
        ],
      }),
    );
    await apply();
    expect(await kept()).toEqual(expect.arrayContaining([...spared, ...used]));
    expect((await fixture.states())[lost]).toBe("deleted");
  });

  test("keeps the newest good one when the newer ones are broken, damaged everywhere, or made at the press of a button", async () => {
    await keep({ keepLast: 1 });
    const good = await fixture.backup(50);
    const older = await fixture.backup(60);
    await fixture.backup(3, { proven: "intact" });
    await fixture.backup(2, { copies: { [fixture.destinationId]: "damaged" } });
    await fixture.backup(1, { trigger: "person" });
    await apply();
    expect(await kept()).toContain(good);
    expect(await kept()).not.toContain(older);
  });

  test("is not undone by thirty backups that somebody asked for", async () => {
    const scheduled = [await fixture.backup(40), await fixture.backup(41)];
    for (let index = 0; index < 30; index++) await fixture.backup(index / 30, { trigger: index % 2 ? "person" : "change" });
    await apply();
    expect(await kept()).toEqual(expect.arrayContaining(scheduled));
    expect(await kept()).toHaveLength(2 + 2 + 2);
  });

  test("leaves backups of a system alone that the policy no longer backs up", async () => {
    for (const days of [1, 2, 3]) await fixture.backup(days);
    await withTenant(fixture.tenant.id, (db) => db.policySystem.deleteMany({ where: { policyId: fixture.policyId } }));
    await apply();
    expect(await kept()).toHaveLength(3);
  });
});

describe("while the clock is in doubt", () => {
  beforeEach(async () => {
    for (const days of [1, 2, 3]) await fixture.backup(days);
    await fixture.backup(9, { status: "trashed", trashedAt: new Date(Date.now() - 8 * DAY_MS) });
  });
  const untouched = async () => Object.values(await fixture.states()).sort();
  const nothing = ["completed", "completed", "completed", "trashed"];
  const uptime = 1_000_000;

  test.each([
    ["behind the database's", -61_000],
    ["ahead of the database's", 61_000],
  ])("because the worker's is %s, nothing is deleted; once they agree, it goes on by itself", async (_, offMs) => {
    const wrong = () => checkClock({ workerNow: () => Date.now() + offMs });
    await apply(wrong);
    await sweepNow(wrong);
    expect(await untouched()).toEqual(nothing);
    expect(await getNotices.execute(owner(), {})).toMatchObject({
      clockDoubt: { confirmable: false, since: expect.any(String) as unknown },
    });
    await expect(confirmClock.execute(owner(), proof)).rejects.toMatchObject({ code: "nothing-to-confirm" });
    await apply();
    await sweepNow();
    expect(await untouched()).toEqual(["completed", "completed", "deleted", "deleted"]);
    expect(await getNotices.execute(owner(), {})).toMatchObject({ clockDoubt: null });
  });

  test("because the database's went back, nothing is deleted until a person says that it is right", async () => {
    await asAdministrator("UPDATE installation SET last_tick_at = clock_timestamp() + interval '2 minutes'");
    await apply();
    await sweepNow();
    expect(await untouched()).toEqual(nothing);
    await trustClock();
    await apply();
    expect(await untouched()).toEqual(["completed", "completed", "deleted", "trashed"]);
  });

  test("because it went forward by more than an hour at once, a person has to say that it is right", async () => {
    await checkClock({ machineUptime: () => uptime + 2 * DAY_MS });
    const jumped = () => checkClock({ machineUptime: () => uptime });
    // Two days fewer of uptime at the same time of day: the clock has run two days ahead of it.
    await apply(jumped);
    await sweepNow(jumped);
    await apply(jumped);
    expect(await untouched()).toEqual(nothing);
    expect(await getNotices.execute(owner(), {})).toMatchObject({ clockDoubt: { since: expect.any(String) as unknown } });
    await checkClock({ machineUptime: () => uptime, workerNow: () => Date.now() + 61_000 });
    await apply(jumped);
    expect(await untouched()).toEqual(nothing);
    await trustClock();
    await apply(jumped);
    expect(await untouched()).toEqual(["completed", "completed", "deleted", "trashed"]);
  });

  test("is found again each time while there is no row to write it down in", async () => {
    await asAdministrator("DELETE FROM installation");
    await checkClock({ machineUptime: () => uptime + 2 * DAY_MS });
    for (let look = 0; look < 2; look++) expect(await checkClock({ machineUptime: () => uptime })).toMatchObject({ doubt: "jumped" });
    expect(await checkClock({ machineUptime: () => uptime + 2 * DAY_MS })).toMatchObject({ doubt: null });
  });

  test("because a backup is dated later than now, only its tenant waits, until it is out of the way", async () => {
    const future = await fixture.backup(-1);
    await apply();
    expect(await untouched()).toEqual(["completed", ...nothing]);
    const { clockDoubt } = await getNotices.execute(owner(), {});
    expect(clockDoubt?.sentence).toContain("still to come");
    const other = await createBackupFixture(await createTestTenant());
    expect(await getNotices.execute(other.tenant.owner, {})).toMatchObject({ clockDoubt: null });
    await deleteBackup.execute(owner(), { id: future });
    await apply();
    expect(await untouched()).toEqual(["completed", "completed", "deleted", "trashed", "trashed"]);
  });
});

describe("what cannot be removed now", () => {
  test("because its destination answers with an error stays marked, says why, and is left in peace for a while", async () => {
    const broken = newId("destination");
    await withTenant(fixture.tenant.id, (db) =>
      db.destination.createMany({ data: [{ id: broken, name: "Broken", kind: "local", config: { path: "broken" } }] }),
    );
    const folder = join(installation.dataDir, "local", fixture.tenant.id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "broken"), "a file where a folder should be");
    const id = await fixture.backup(9, { copies: { [broken]: "stored", [fixture.destinationId]: "stored" } });
    await fixture.backup(2);
    await fixture.backup(1);
    await apply();
    const read = () =>
      withTenant(fixture.tenant.id, (db) => db.backupCopy.findMany({ where: { backupId: id }, orderBy: { status: "asc" } }));
    const [gone, left] = await read();
    expect(gone).toMatchObject({ destinationId: fixture.destinationId, status: "deleted" });
    expect(left).toMatchObject({ destinationId: broken, status: "deleting", attempts: 1, failure: expect.any(String) as unknown });
    expect(left?.nextAttemptAt?.getTime()).toBeGreaterThan(Date.now() + 200_000);

    await sweepNow();
    expect((await read())[1]).toEqual(left);
    await withTenant(fixture.tenant.id, (db) =>
      db.backupCopy.updateMany({ where: { backupId: id }, data: { nextAttemptAt: new Date(0) } }),
    );
    await sweepNow();
    expect((await read())[1]).toMatchObject({ status: "deleting", attempts: 2 });
    await withTenant(fixture.tenant.id, (db) => db.destination.updateMany({ where: { id: broken }, data: { config: { path: "mended" } } }));
    await withTenant(fixture.tenant.id, (db) =>
      db.backupCopy.updateMany({ where: { backupId: id }, data: { nextAttemptAt: new Date(0) } }),
    );
    await sweepNow();
    expect((await fixture.states())[id]).toBe("deleted");
  });

  test("because the bucket has it locked stays whole, says until when, and is not asked for before", async () => {
    const stage = await createS3Stage({ objectLockMode: "GOVERNANCE", objectLockDays: 10 });
    const { id: bucket } = await createDestination.execute(owner(), { name: "Vault", kind: "s3", config: stage.config() });
    const id = await fixture.backup(9, { copies: { [bucket]: "stored" } });
    await fixture.backup(2);
    await fixture.backup(1);
    const { objectKey, descriptionKey } = await copyOf(id);
    const session = await openDestination(fixture.tenant.id, bucket, new AbortController().signal);
    for (const key of [objectKey, descriptionKey]) await session.put(key, Readable.from(["x"]), { lock: true });
    await apply();
    const copy = await copyOf(id);
    expect(copy).toMatchObject({ status: "deleting", failure: expect.stringContaining("locked until") as unknown });
    expect(copy.lockedUntil?.getTime()).toBeGreaterThan(Date.now() + 9 * DAY_MS);
    expect(copy.nextAttemptAt).toEqual(copy.lockedUntil);
    await sweepNow();
    expect(await copyOf(id)).toEqual(copy);
    expect([await session.stat(objectKey), await session.stat(descriptionKey)]).not.toContain(null);
    await session.close();
    stage.close();
  });
});

describe("the trash", () => {
  test("is emptied after 7 days, but not of what was pinned or is being restored meanwhile", async () => {
    const aged = { status: "trashed", trashedAt: new Date(Date.now() - 7 * DAY_MS - 60_000) };
    const young = await fixture.backup(30, { ...aged, trashedAt: new Date(Date.now() - 7 * DAY_MS + 60_000) });
    const pinned = await fixture.backup(31, { ...aged, pinned: true });
    const safety = await fixture.backup(32, { ...aged, pinnedUntil: new Date(Date.now() + DAY_MS) });
    const gone = await fixture.backup(33, aged);
    await sweepNow();
    expect(await fixture.states()).toEqual({ [young]: "trashed", [pinned]: "trashed", [safety]: "trashed", [gone]: "deleted" });
    expect(await copyOf(gone)).toMatchObject({ status: "deleted" });
  });

  test("gives back what lies in it, or is emptied of one backup by an admin's proof", async () => {
    const [one, two] = [await fixture.backup(2), await fixture.backup(3)];
    await fixture.backup(1);
    await deleteBackup.execute(owner(), { id: one });
    await deleteBackup.execute(owner(), { id: two });
    expect(await recoverBackup.execute(owner(), { id: one })).toMatchObject({ status: "completed" });
    await expect(eraseBackup.execute(owner(), { id: two, password: "wrong" })).rejects.toMatchObject({ code: "wrong-password" });
    await expect(eraseBackup.execute(owner(), { id: one, ...proof })).rejects.toMatchObject({ code: "backup-not-trashed" });
    expect(await eraseBackup.execute(owner(), { id: two, ...proof })).toMatchObject({ status: "deleting" });
    await sweepNow();
    expect((await fixture.states())[two]).toBe("deleted");
    await expect(recoverBackup.execute(owner(), { id: two })).rejects.toMatchObject({ code: "not-found" });
  });

  test("takes the last good backup of a system only from a person who says so", async () => {
    const last = await fixture.backup(1);
    await fixture.backup(0.5, { proven: "stored" });
    await fixture.backup(0.4, { copies: { [fixture.destinationId]: "missing" } });
    await expect(deleteBackup.execute(owner(), { id: last })).rejects.toMatchObject({ code: "last-good-backup" });
    expect(await deleteBackup.execute(owner(), { id: last, acknowledgeLast: true })).toMatchObject({ status: "trashed" });
  });
});

describe("a pin", () => {
  test("of a person holds against retention and deletion until it is taken away", async () => {
    const operator = await fixture.tenant.addMember("operator");
    const id = await fixture.backup(9);
    await fixture.backup(2);
    await fixture.backup(1);
    expect(await pinBackup.execute(operator, { id })).toMatchObject({ pinned: true, pinnedUntil: null });
    await apply();
    await expect(deleteBackup.execute(owner(), { id })).rejects.toMatchObject({ code: "backup-pinned" });
    expect(await unpinBackup.execute(operator, { id })).toMatchObject({ pinned: false });
    const { items } = await listAudit.execute(owner(), { subjectId: id });
    expect(items.map(({ action }) => action)).toEqual(["backup.unpinned", "backup.pinned"]);
    await apply();
    expect((await fixture.states())[id]).toBe("deleted");
    await expect(pinBackup.execute(operator, { id })).rejects.toMatchObject({ code: "not-found" });
  });

  test("of a safety backup counts from the end of its restore, and says until when", async () => {
    const id = await fixture.backup(1, { policyId: null, trigger: "safety", pinnedUntil: new Date(Date.now() + DAY_MS) });
    await fixture.backup(0.5);
    const restoreId = newId("restore");
    const row = { id: restoreId, backupId: id, safetyBackupId: id, targetSystemId: fixture.systemId, status: "completed", parts: [] };
    const finishedAt = new Date("2026-03-01T12:00:00Z");
    await withTenant(fixture.tenant.id, async (db) => {
      await db.restore.createMany({ data: [{ ...row, requestedBy: "mem_x" }] });
      await extendSafetyPin(db, restoreId, new Date());
    });
    const { pinned, pinnedUntil } = await getBackup.execute(owner(), { id });
    expect(pinned).toBe(true);
    expect(new Date(pinnedUntil ?? 0).getTime()).toBeGreaterThan(Date.now() + 7 * DAY_MS - 60_000);
    await expect(deleteBackup.execute(owner(), { id })).rejects.toMatchObject({
      code: "backup-pinned",
      message: expect.stringContaining((pinnedUntil ?? "").slice(0, 10)) as unknown,
      extra: { pinnedUntil },
    });
    await withTenant(fixture.tenant.id, (db) => extendSafetyPin(db, restoreId, finishedAt));
    expect(await getBackup.execute(owner(), { id })).toMatchObject({ pinned: false, pinnedUntil: null });
    expect(await deleteBackup.execute(owner(), { id })).toMatchObject({ status: "trashed" });
  });
});
