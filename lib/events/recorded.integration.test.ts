import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { applyRetention } from "#lib/backups/apply-retention.ts";
import { type BackupFixture, createBackupFixture } from "#lib/backups/backup-fixture.ts";
import { deleteBackup } from "#lib/backups/delete-backup.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import type { EventName } from "#lib/events/event-types.ts";
import { protectKey } from "#lib/keys/protect-key.ts";
import { setCurrentKey } from "#lib/keys/set-current-key.ts";
import { changeRole } from "#lib/members/change-role.ts";
import { removeMember } from "#lib/members/remove-member.ts";
import { applyConfiguration } from "#lib/tenants/apply-configuration.ts";
import { readConfiguration } from "#lib/tenants/read-configuration.ts";
import { createTestTenant, TEST_PASSWORD, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
let tenant: TestTenant;
let fixture: BackupFixture;

beforeAll(async () => {
  installation = await createTestInstallation();
});
beforeEach(async () => {
  tenant = await createTestTenant();
  fixture = await createBackupFixture(tenant);
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

const told = (type: EventName) =>
  withTenant(tenant.id, async (db) => {
    const rows = await db.event.findMany({ where: { type }, orderBy: { id: "asc" } });
    return rows.map(({ data }) => data as Record<string, unknown>);
  });

describe("backup.deleted", () => {
  test("by a person, unless it was refused", async () => {
    const [first, last] = [await fixture.backup(2), await fixture.backup(1)];
    await deleteBackup.execute(tenant.owner, { id: first });
    await expect(deleteBackup.execute(tenant.owner, { id: last })).rejects.toMatchObject({ code: "last-good-backup" });
    await expect(deleteBackup.execute(tenant.owner, { id: first })).rejects.toMatchObject({ code: "backup-trashed" });
    expect(await told("backup.deleted")).toEqual([{ systemId: fixture.systemId, backupIds: [first], count: 1, by: "person" }]);
  });

  test("by retention, once for all that went, of which at most 100 are named", async () => {
    await withTenant(tenant.id, (db) => db.policy.updateMany({ data: { retention: { keepLast: 1 } } }));
    for (let day = 1; day <= 103; day += 1) await fixture.backup(day);
    const task = { tenantId: tenant.id, policyId: fixture.policyId, systemId: fixture.systemId };
    const check = () => Promise.resolve({ now: new Date(), doubt: null });
    await applyRetention({ ...task, signal: AbortSignal.abort(), check });
    const [event, ...others] = await told("backup.deleted");
    expect(others).toEqual([]);
    expect(event).toMatchObject({ systemId: fixture.systemId, count: 102, by: "retention" });
    expect(event?.["backupIds"]).toHaveLength(100);
  });
});

describe("key.changed", () => {
  const choose = (input: object) => setCurrentKey.execute(tenant.owner, { password: TEST_PASSWORD, ...input });

  test("with each new key, and when one is protected anew", async () => {
    const passphrase = "an otter walks along the harbour wall";
    const { id } = await choose({ mode: "passphrase", passphrase });
    const newPassphrase = "a heron stands upon the quiet jetty";
    await protectKey.execute(tenant.owner, { id, password: TEST_PASSWORD, passphrase, newPassphrase });
    await choose({ mode: "off" });
    const changes = (await told("key.changed")).map(({ change }) => change);
    expect(changes).toEqual([
      "new backups are encrypted under a new passphrase",
      "it gets a new passphrase",
      "its new passphrase has taken the place of the old one everywhere",
      "new backups are not encrypted any more",
    ]);
  });

  test("but not when nothing was changed", async () => {
    await choose({ mode: "off" });
    await expect(setCurrentKey.execute(tenant.owner, { mode: "managed", password: "wrong" })).rejects.toMatchObject({
      code: "wrong-password",
    });
    expect(await told("key.changed")).toHaveLength(1);
  });
});

describe("member.signedOut", () => {
  test("by whoever removes another, not by somebody who leaves", async () => {
    const viewer = await tenant.addMember("viewer");
    const second = await tenant.addMember("owner");
    await removeMember.execute(tenant.owner, { id: viewer.actor.memberId });
    await changeRole.execute(second, { id: tenant.owner.actor.memberId, role: "viewer" });
    await expect(removeMember.execute(second, { id: second.actor.memberId })).rejects.toMatchObject({ code: "last-owner" });
    expect(await told("member.signedOut")).toEqual([
      { memberId: viewer.actor.memberId, memberName: viewer.actor.name, reason: "removed from the tenant" },
    ]);
  });

  test("of everybody whose session ends with a restore of the configuration, and of nobody when that is rolled back", async () => {
    const viewer = await tenant.addMember("viewer");
    const wanted = await withTenant(tenant.id, readConfiguration);
    const actor = { kind: "system" as const, id: null, label: "Test", address: null };
    const apply = (fails: boolean) =>
      withTenant(tenant.id, async (db) => {
        await applyConfiguration(db, { tenantId: tenant.id, wanted, actor });
        if (fails) throw new Error("rolled back");
      });
    await expect(apply(true)).rejects.toThrow("rolled back");
    expect(await told("member.signedOut")).toEqual([]);
    await apply(false);
    const ids = (await told("member.signedOut")).map(({ memberId }) => memberId);
    expect(ids.sort()).toEqual([tenant.owner.actor.memberId, viewer.actor.memberId].sort());
  });
});
