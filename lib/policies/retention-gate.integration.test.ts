import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { listAudit } from "#lib/audit/list-audit.ts";
import { type BackupFixture, createBackupFixture } from "#lib/backups/backup-fixture.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { getPolicy } from "#lib/policies/get-policy.ts";
import { previewPolicy } from "#lib/policies/preview-policy.ts";
import { updatePolicy } from "#lib/policies/update-policy.ts";
import { confirmSystemRetention } from "#lib/systems/confirm-system-retention.ts";
import { getSystemRetention } from "#lib/systems/get-system-retention.ts";
import { createTestTenant, TEST_PASSWORD } from "#lib/tenants/tenant-fixture.ts";

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
  fixture = await createBackupFixture(await createTestTenant());
});

const owner = () => fixture.tenant.owner;
const schedule = { kind: "daily", at: "01:00", timeZone: "UTC" } as const;
const update = (change: object, who = owner()) => updatePolicy.execute(who, { id: fixture.policyId, ...change });
const five = async () => {
  const ids: string[] = [];
  for (const days of [1, 2, 3, 4, 5]) ids.push(await fixture.backup(days));
  return ids;
};

describe("the preview", () => {
  test("says of each backup of the policy what would become of it and why, without changing anything", async () => {
    const ids = await five();
    await fixture.backup(9, { policyId: null, trigger: "person" });
    const pinned = await fixture.backup(10, { pinned: true });
    const before = await fixture.states();
    const viewer = await fixture.tenant.addMember("viewer");
    const preview = await previewPolicy.execute(viewer, { policyId: fixture.policyId, schedule, retention: { keepLast: 2 } });
    expect(preview).toMatchObject({ retention: "Keeps the last 2", keeps: 3, deletes: 3, waits: null });
    expect(preview.decisions.map(({ backupId, keep, reason }) => [backupId, keep, reason])).toEqual([
      [ids[0], true, "The newest good backup of the system"],
      [ids[1], true, "One of the last 2"],
      [ids[2], false, "No rule keeps it"],
      [ids[3], false, "No rule keeps it"],
      [ids[4], false, "No rule keeps it"],
      [pinned, true, "It is pinned"],
    ]);
    expect(await fixture.states()).toEqual(before);
  });

  test("says for a new policy what a year comes to, and nothing of present backups", async () => {
    await five();
    const preview = await previewPolicy.execute(owner(), { schedule, retention: { keepLast: 30 } });
    expect(preview).toMatchObject({ year: { days: 366, backups: 30 }, keeps: null, deletes: null, decisions: [] });
    expect(await previewPolicy.execute(owner(), { schedule })).toMatchObject({ retention: null, year: null });
  });

  test("tells at most 500 backups and counts all, and knows only policies of its tenant", async () => {
    await withTenant(fixture.tenant.id, async (db) => {
      const { keyId } = { keyId: (await db.key.findFirstOrThrow()).id };
      const one = (index: number) => ({
        id: newId("backup"),
        createdAt: new Date(Date.now() - index * 60_000),
        systemId: fixture.systemId,
      });
      const fixed = {
        policyId: fixture.policyId,
        origin: "import",
        attempt: 1,
        status: "completed",
        trigger: "schedule",
        keyId,
        formatVersion: 1,
      };
      const words = { systemKind: "x", systemName: "x", productVersion: "0", notInBackup: [] };
      await db.backup.createMany({ data: Array.from({ length: 520 }, (_, index) => ({ ...one(index), ...fixed, ...words })) });
    });
    const input = { policyId: fixture.policyId, schedule, retention: { keepLast: 1 } };
    const { decisions, ...preview } = await previewPolicy.execute(owner(), input);
    expect(preview).toMatchObject({ keeps: 520, deletes: 0 });
    expect(decisions).toHaveLength(500);
    await expect(previewPolicy.execute((await createTestTenant()).owner, input)).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("an edit that deletes more than before", () => {
  test("says how many, and needs that number and the login password", async () => {
    await five();
    const fewer = { retention: { keepLast: 2 } };
    const told = { code: "would-delete", extra: { deletes: 3, more: 3 }, message: expect.stringContaining("deletes 3 backups") as unknown };
    await expect(update(fewer)).rejects.toMatchObject(told);
    await expect(update({ ...fewer, acknowledgeDeletes: 3 })).rejects.toMatchObject(told);
    await expect(update({ ...fewer, password: TEST_PASSWORD })).rejects.toMatchObject(told);
    await expect(update({ ...fewer, acknowledgeDeletes: 2, password: TEST_PASSWORD })).rejects.toMatchObject(told);
    await expect(update({ ...fewer, acknowledgeDeletes: 3, password: "wrong" })).rejects.toMatchObject({ code: "wrong-password" });
    expect(await getPolicy.execute(owner(), { id: fixture.policyId })).toMatchObject({ retention: { keepLast: 30 } });
    await expect(update({ ...fewer, acknowledgeDeletes: 3, password: TEST_PASSWORD })).resolves.toMatchObject(fewer);
    const { items } = await listAudit.execute(owner(), { subjectId: fixture.policyId });
    expect(items[0]).toMatchObject({ action: "policy.changed", detail: { changed: fewer, acknowledgedDeletes: 3 } });
    expect(JSON.stringify(items)).not.toContain(TEST_PASSWORD);
  });

  test("is nobody's without the right to shrink, whatever else was typed", async () => {
    await five();
    const operator = await fixture.tenant.addMember("operator");
    const input = { retention: { keepLast: 2 }, acknowledgeDeletes: 3, password: TEST_PASSWORD };
    await expect(update(input, operator)).rejects.toMatchObject({ code: "forbidden" });
    expect(await getPolicy.execute(owner(), { id: fixture.policyId })).toMatchObject({ retention: { keepLast: 30 } });
  });

  test("may be one of the schedule's zone, or of the systems", async () => {
    const midnights = ["2026-01-10T23:30:00Z", "2026-01-11T01:00:00Z"];
    for (const at of midnights) await fixture.backup((Date.now() - Date.parse(at)) / 86_400_000);
    await update({ retention: { keepDaily: 10 } });
    const berlin = { schedule: { ...schedule, timeZone: "Europe/Berlin" } };
    await expect(update(berlin)).rejects.toMatchObject({ code: "would-delete", extra: { deletes: 1, more: 1 } });
    await expect(update(berlin, await fixture.tenant.addMember("operator"))).rejects.toMatchObject({ code: "forbidden" });
    await expect(update({ ...berlin, acknowledgeDeletes: 1, password: TEST_PASSWORD })).resolves.toMatchObject(berlin);
  });

  test("is not one that deletes as many as before, or that keeps more", async () => {
    await five();
    await update({ retention: { keepLast: 2 }, acknowledgeDeletes: 3, password: TEST_PASSWORD });
    await expect(update({ name: "Other" })).resolves.toMatchObject({ name: "Other" });
    await expect(update({ retention: { keepLast: 3 } })).resolves.toMatchObject({ retention: { keepLast: 3 } });
    await expect(update({ retention: { keepLast: 1 } })).rejects.toMatchObject({
      extra: { deletes: 4, more: 2 },
      message: expect.stringContaining("2 of which it keeps now") as unknown,
    });
  });
});

describe("what was found in a destination", () => {
  const found = { origin: "rebuild", retentionHeld: true } as const;
  const confirm = (acknowledgeDeletes: number, more: object = {}) =>
    confirmSystemRetention.execute(owner(), { id: fixture.systemId, acknowledgeDeletes, password: TEST_PASSWORD, ...more });

  test("is left alone until an admin confirms the number that retention would delete", async () => {
    const ids = [await fixture.backup(1, found), await fixture.backup(2, found), await fixture.backup(3, found)];
    const elsewhere = await fixture.backup(4, { ...found, policyId: "pol_of_before" });
    await withTenant(fixture.tenant.id, (db) =>
      db.policy.updateMany({ where: { id: fixture.policyId }, data: { retention: { keepLast: 2 } } }),
    );
    const preview = await getSystemRetention.execute(owner(), { id: fixture.systemId });
    expect(preview).toMatchObject({ held: 4, keeps: 3, deletes: 1 });
    expect(preview.decisions.map(({ backupId, keep, reason }) => [backupId, keep, reason])).toEqual([
      [ids[0], true, "The newest good backup of the system"],
      [ids[1], true, "One of the last 2"],
      [ids[2], false, "No rule keeps it"],
      [elsewhere, true, "The policy that made it is not here: only a person deletes it"],
    ]);
    await expect(confirm(0)).rejects.toMatchObject({ code: "other-count", extra: { deletes: 1 } });
    await expect(confirm(1, { password: "wrong" })).rejects.toMatchObject({ code: "wrong-password" });
    expect(await confirm(1)).toMatchObject({ released: 4, deletes: 1 });
    expect(await getSystemRetention.execute(owner(), { id: fixture.systemId })).toMatchObject({ held: 0 });
    const { items } = await listAudit.execute(owner(), { subjectId: fixture.systemId });
    expect(items[0]).toMatchObject({ action: "system.retentionConfirmed", detail: { released: 4, deletes: 1 } });
  });

  test("is released by no confirmation while nobody vouches for it: what it would delete was not to be seen", async () => {
    const foreign = [
      await fixture.backup(2, { ...found, authenticity: "foreign" }),
      await fixture.backup(3, { ...found, authenticity: "foreign" }),
    ];
    await withTenant(fixture.tenant.id, (db) =>
      db.policy.updateMany({ where: { id: fixture.policyId }, data: { retention: { keepLast: 1 } } }),
    );
    expect(await getSystemRetention.execute(owner(), { id: fixture.systemId })).toMatchObject({ held: 0, deletes: 0 });
    expect(await confirm(0)).toMatchObject({ released: 0, deletes: 0 });
    await withTenant(fixture.tenant.id, (db) => db.backup.updateMany({ where: { id: { in: foreign } }, data: { authenticity: "signed" } }));
    expect(await getSystemRetention.execute(owner(), { id: fixture.systemId })).toMatchObject({ held: 2, deletes: 1 });
  });
});
