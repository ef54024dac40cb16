import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { listAudit } from "#lib/audit/list-audit.ts";
import { type BackupFixture, createBackupFixture } from "#lib/backups/backup-fixture.ts";
import { getBackup } from "#lib/backups/get-backup.ts";
import { previewDeletion } from "#lib/backups/preview-deletion.ts";
import { recoverBackup } from "#lib/backups/recover-backup.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { deleteDestination } from "#lib/destinations/delete-destination.ts";
import { newId } from "#lib/ids.ts";
import { deletePolicy } from "#lib/policies/delete-policy.ts";
import { deleteSystem } from "#lib/systems/delete-system.ts";
import { createTestTenant, TEST_PASSWORD } from "#lib/tenants/tenant-fixture.ts";
import { sweep } from "#worker/sweeper.ts";

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
const password = TEST_PASSWORD;

describe.each([
  ["policy", () => ({ policyId: fixture.policyId }), deletePolicy, () => fixture.policyId],
  ["system", () => ({ systemId: fixture.systemId }), deleteSystem, () => fixture.systemId],
] as const)("deleting a %s", (noun, scope, operation, idOf) => {
  const remove = (more: object = {}, who = owner()) => operation.execute(who, { id: idOf(), ...more });

  test("deletes no backup by itself", async () => {
    const id = await fixture.backup(1);
    expect(await remove()).toMatchObject({ trashedBackups: 0 });
    await sweep(new AbortController().signal);
    expect(await fixture.states()).toEqual({ [id]: "completed" });
    expect(await getBackup.execute(owner(), { id })).toMatchObject({ copies: [{ status: "stored" }] });
  });

  test("takes its backups to the trash when asked with their number and the login password", async () => {
    const ids = [await fixture.backup(1), await fixture.backup(2)];
    const pinned = await fixture.backup(3, { pinned: true, proven: "stored" });
    const preview = await previewDeletion.execute(owner(), scope());
    expect(preview).toEqual({ backups: 2, copies: 0, staying: 1, lastGoodOf: [expect.any(String)] });
    await expect(remove({ deleteBackups: 3, password })).rejects.toMatchObject({ code: "other-count", extra: { deleteBackups: 2 } });
    await expect(remove({ deleteBackups: 2 })).rejects.toMatchObject({ errors: [{ path: "password" }] });
    await expect(remove({ deleteBackups: 2, password: "wrong" })).rejects.toMatchObject({ code: "wrong-password" });
    expect(new Set(Object.values(await fixture.states()))).toEqual(new Set(["completed"]));
    expect(await remove({ deleteBackups: 2, password })).toMatchObject({ trashedBackups: 2 });
    expect(await fixture.states()).toEqual({ [ids[0] ?? ""]: "trashed", [ids[1] ?? ""]: "trashed", [pinned]: "completed" });
    const { items } = await listAudit.execute(owner(), { subjectId: idOf() });
    expect(items[0]).toMatchObject({ action: `${noun}.deleted`, detail: { trashedBackups: 2 } });
    expect(await recoverBackup.execute(owner(), { id: ids[0] })).toMatchObject({ status: "completed" });
  });
});

describe("deleting a destination", () => {
  test("leaves what lies there, readable, unless both numbers are given", async () => {
    const other = newId("destination");
    await withTenant(fixture.tenant.id, (db) =>
      db.destination.createMany({ data: [{ id: other, name: "Other", kind: "local", config: { path: "other" } }] }),
    );
    const both = { [fixture.destinationId]: "stored", [other]: "stored" };
    const twice = await fixture.backup(1, { copies: both });
    const damagedHome = await fixture.backup(2, { copies: { ...both, [fixture.destinationId]: "damaged" } });
    const onlyThere = await fixture.backup(3, { copies: { [other]: "stored" } });
    const pinned = await fixture.backup(4, { copies: both, pinned: true });
    const home = await fixture.backup(5);
    const remove = (more: object) => deleteDestination.execute(owner(), { id: other, ...more });
    expect(await previewDeletion.execute(owner(), { destinationId: other })).toEqual({ backups: 2, copies: 1, staying: 0, lastGoodOf: [] });
    const wrong = { code: "other-count" };
    await expect(remove({ deleteBackups: 1, deleteCopies: 1, password })).rejects.toMatchObject(wrong);
    await expect(remove({ deleteBackups: 2, deleteCopies: 2, password })).rejects.toMatchObject(wrong);
    await expect(remove({ deleteBackups: 2, password })).rejects.toMatchObject(wrong);
    await expect(remove({ deleteBackups: 2, deleteCopies: 1 })).rejects.toMatchObject({ errors: [{ path: "password" }] });
    expect(await remove({ deleteBackups: 2, deleteCopies: 1, password })).toMatchObject({ trashedBackups: 2, deletedCopies: 1 });
    await sweep(new AbortController().signal);
    const states = await fixture.states();
    expect([damagedHome, onlyThere].map((id) => states[id])).toEqual(["trashed", "trashed"]);
    expect([twice, pinned, home].map((id) => states[id])).toEqual(["completed", "completed", "completed"]);
    const copies = async (id: string) => (await getBackup.execute(owner(), { id })).copies.map(({ destinationId }) => destinationId);
    expect(await copies(twice)).toEqual([fixture.destinationId]);
    expect((await copies(pinned)).sort()).toEqual([fixture.destinationId, other].sort());
    expect(await copies(onlyThere)).toEqual([other]);
    expect(await recoverBackup.execute(owner(), { id: onlyThere })).toMatchObject({ copies: [{ status: "stored" }] });
  });

  test.each([0, 1, 2])("leaves one of two copies when both places go at the same moment (%#)", async () => {
    const others = [newId("destination"), newId("destination")];
    await withTenant(fixture.tenant.id, (db) =>
      db.destination.createMany({ data: others.map((id) => ({ id, name: id, kind: "local", config: { path: id } })) }),
    );
    const id = await fixture.backup(1, { copies: Object.fromEntries(others.map((each) => [each, "stored"])) });
    const numbers = { deleteBackups: 0, deleteCopies: 1, password };
    const ended = await Promise.allSettled(others.map((each) => deleteDestination.execute(owner(), { id: each, ...numbers })));
    expect(ended.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(ended.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "other-count" } });
    const { copies } = await getBackup.execute(owner(), { id });
    expect(copies.filter(({ status }) => status === "stored")).toHaveLength(1);
  });

  test("leaves a policy one of its two places when both go at the same moment", async () => {
    const other = newId("destination");
    await withTenant(fixture.tenant.id, async (db) => {
      await db.destination.createMany({ data: [{ id: other, name: "Other", kind: "local", config: { path: "other" } }] });
      await db.policyDestination.createMany({ data: [{ policyId: fixture.policyId, destinationId: other }] });
    });
    const both = [fixture.destinationId, other];
    const ended = await Promise.allSettled(both.map((id) => deleteDestination.execute(owner(), { id })));
    expect(ended.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(ended.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "last-destination" } });
  });

  test("deletes nothing by itself", async () => {
    const other = newId("destination");
    await withTenant(fixture.tenant.id, (db) =>
      db.destination.createMany({ data: [{ id: other, name: "Other", kind: "local", config: { path: "other" } }] }),
    );
    const id = await fixture.backup(1, { copies: { [other]: "stored" } });
    expect(await deleteDestination.execute(owner(), { id: other })).toMatchObject({ trashedBackups: 0, deletedCopies: 0 });
    await sweep(new AbortController().signal);
    expect(await getBackup.execute(owner(), { id })).toMatchObject({ status: "completed", copies: [{ status: "stored" }] });
  });
});

test("what would go along is asked of one thing at a time", async () => {
  await expect(previewDeletion.execute(owner(), {})).rejects.toMatchObject({ code: "invalid-input" });
  const two = { policyId: fixture.policyId, systemId: fixture.systemId };
  await expect(previewDeletion.execute(owner(), two)).rejects.toMatchObject({ code: "invalid-input" });
});
