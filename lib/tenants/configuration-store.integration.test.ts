import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "#lib/auth/context.ts";
import { findLiveSession } from "#lib/auth/sessions.ts";
import { type BackupFixture, createBackupFixture } from "#lib/backups/backup-fixture.ts";
import type { TenantConfiguration } from "#lib/connectors/configuration-store.ts";
import { generateDataKey } from "#lib/crypto/data-key.ts";
import { seal } from "#lib/crypto/sealed.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { fingerprintOf } from "#lib/crypto/keyring.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { deletePolicy } from "#lib/policies/delete-policy.ts";
import { getSystemRetention } from "#lib/systems/get-system-retention.ts";
import { createConfigurationStore } from "#lib/tenants/configuration-store.ts";
import { sealSecrets } from "#lib/tenants/data-key.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

describe("a tenant's configuration, read, changed and applied again", () => {
  let tenant: TestTenant;
  let operator: Context;
  let before: TenantConfiguration;
  let report: Awaited<ReturnType<ReturnType<typeof createConfigurationStore>["apply"]>>;
  const store = () => createConfigurationStore(tenant.id);
  const [lateSystem, usedSystem, lateDestination, latePolicy, lateKey] = [
    newId("system"),
    newId("system"),
    newId("destination"),
    newId("policy"),
    newId("key"),
  ];
  let late: Context;

  beforeAll(async () => {
    tenant = await createTestTenant();
    operator = await tenant.addMember("operator");
    await withTenant(tenant.id, async (db) => {
      const id = newId("system");
      const sealedSecrets = await sealSecrets(db, id, { password: "of the router" });
      await db.system.createMany({ data: [{ id, name: "Router 🔑 / cellar", kind: "folder", config: { host: "router" }, sealedSecrets }] });
    });
    before = await store().read();
    await changeEverything();
    report = await store().apply(before);
  }, 60_000);

  async function changeEverything(): Promise<void> {
    late = await tenant.addMember("admin");
    await withTenant(tenant.id, async (db) => {
      await db.tenant.updateMany({ data: { name: "Renamed", settings: { more: true } } });
      await db.member.updateMany({ where: { id: operator.actor.memberId }, data: { role: "admin" } });
      await db.system.updateMany({
        where: { kind: "folder" },
        data: { name: "Gone", config: { host: "elsewhere" }, sealedSecrets: null, deletedAt: new Date() },
      });
      await db.policy.updateMany({ data: { enabled: false, retention: { keepLast: 1 } } });
      await db.policyDestination.deleteMany({});
      const config = { path: "late" };
      await db.system.createMany({ data: [lateSystem, usedSystem].map((id) => ({ id, name: id, kind: "folder", config })) });
      await db.destination.createMany({ data: [{ id: lateDestination, name: "Late", kind: "local", config }] });
      await db.policy.createMany({ data: [{ id: latePolicy, name: "Late", schedule: {}, retention: {} }] });
      await db.policySystem.createMany({ data: [{ policyId: latePolicy, systemId: lateSystem }] });
      await db.run.createMany({
        data: [
          { id: newId("run"), policyId: latePolicy, systemId: lateSystem, trigger: "schedule", dueAt: new Date(), status: "scheduled" },
        ],
      });
      await db.key.createMany({ data: [{ id: lateKey, mode: "off", fingerprint: "" }] });
      await storeBackupOf(db, usedSystem);
    });
  }

  async function storeBackupOf(db: Parameters<Parameters<typeof withTenant>[1]>[0], systemId: string): Promise<void> {
    const runId = newId("run");
    await db.run.createMany({ data: [{ id: runId, systemId, trigger: "person", dueAt: new Date(), status: "completed" }] });
    const shape = { formatVersion: 1, systemKind: "folder", systemName: "Used", productVersion: "0.1.0", trigger: "person" };
    await db.backup.createMany({
      data: [{ id: newId("backup"), systemId, runId, attempt: 1, status: "completed", keyId: lateKey, ...shape }],
    });
  }

  test("is the same again, but for the key that came since and the system that a backup refers to", async () => {
    const after = await store().read();
    expect(after.systems.map((system) => system.id)).toContain(usedSystem);
    expect(after).toEqual({
      ...before,
      systems: after.systems.filter(({ id }) => id === usedSystem).concat(before.systems),
      keys: after.keys.filter(({ id }) => id === lateKey).concat(before.keys),
    });
  });

  test("the report says what was done, and what stayed", () => {
    expect(report).toMatchObject({ outcome: "completed", problems: [], followUp: [] });
    expect(report.applied.map(({ part, action, subject }) => `${part}: ${action} ${subject}`).toSorted()).toEqual(
      [
        `Destinations: remove Late`,
        `Members: change ${operator.actor.email}: admin → operator`,
        `Members: remove ${late.actor.email}`,
        `Policies: change Daily`,
        `Policies: remove Late`,
        `Settings: change Name of the tenant`,
        `Settings: change Settings`,
        `Systems: add Router 🔑 / cellar`,
        `Systems: keep ${usedSystem} (backups of it are stored)`,
        `Systems: remove ${lateSystem}`,
      ].toSorted(),
    );
  });

  test("every session of every member has ended, of those who were removed too", async () => {
    for (const { actor } of [tenant.owner, operator, late]) {
      expect(await findLiveSession({ sessionId: actor.sessionId, version: 1 })).toBeNull();
    }
  });

  test("no run of a policy that went is left to come due", async () => {
    expect(await withTenant(tenant.id, (db) => db.run.findMany({ where: { policyId: latePolicy }, select: { status: true } }))).toEqual([
      { status: "cancelled" },
    ]);
  });

  test("it is in the audit log, without any sealed text", async () => {
    const [event] = await withTenant(tenant.id, (db) => db.auditEvent.findMany({ where: { action: "configuration.restored" } }));
    expect(event?.detail).toMatchObject({ problems: [], followUp: [] });
    expect(JSON.stringify(event?.detail)).not.toContain("s1.");
  });

  test("applying it again changes nothing", async () => {
    expect((await store().apply(before)).applied).toEqual([
      { part: "Systems", action: "keep", subject: `${usedSystem} (backups of it are stored)` },
    ]);
  });
});

test("another tenant's configuration leaves a tenant with one system for its configuration, which the policies back up", async () => {
  const [old, fresh] = [await createTestTenant(), await createTestTenant()];
  const before = await createConfigurationStore(old.id).read();
  const store = createConfigurationStore(fresh.id);
  const own = (await store.read()).systems[0]?.id;
  // The other tenant is in this database, where its ids are taken; its systems' are not asked for.
  const destination = newId("destination");
  const policies = before.policies.map((policy) => ({ ...policy, id: newId("policy"), destinationIds: [destination] }));
  const destinations = before.destinations.map((row) => ({ ...row, id: destination }));
  await store.apply({ ...before, policies, destinations, keys: [] });
  const after = await store.read();
  expect(after.systems.filter(({ kind }) => kind === "tenant-configuration").map(({ id }) => id)).toEqual([own]);
  expect(after.policies).toMatchObject([{ id: policies[0]?.id, name: "Daily", systemIds: [own], destinationIds: [destination] }]);
});

describe("retention, by a restore", () => {
  let fixture: BackupFixture;
  const store = () => createConfigurationStore(fixture.tenant.id);
  const policyOf = async () => (await store().read()).policies.find(({ id }) => id === fixture.policyId);
  const held = () =>
    withTenant(fixture.tenant.id, async (db) => (await db.backup.findMany({ where: { retentionHeld: true } })).map(({ id }) => id));
  beforeEach(async () => {
    fixture = await createBackupFixture(await createTestTenant());
  });

  test("keeps as many backups as before, where the backup's rules keep fewer", async () => {
    await withTenant(fixture.tenant.id, (db) => db.policy.updateMany({ data: { retention: { keepLast: 2, keepDaily: 7 } } }));
    const before = await store().read();
    await withTenant(fixture.tenant.id, (db) => db.policy.updateMany({ data: { retention: { keepLast: 9 } } }));
    const report = await store().apply(before);
    expect((await policyOf())?.retention).toEqual({ keepLast: 9, keepDaily: 7 });
    expect(report.followUp).toEqual([
      "The policy “Daily” keeps as many backups as before; the backup’s rules keep fewer. Edit it if you want those.",
    ]);
  });

  test("waits for a person where a deleted policy comes back, or one that covers a system again", async () => {
    await withTenant(fixture.tenant.id, (db) => db.policy.updateMany({ data: { retention: { keepLast: 1 } } }));
    const before = await store().read();
    const ids = [await fixture.backup(3), await fixture.backup(2), await fixture.backup(1)];
    await fixture.backup(1, { policyId: null });
    await store().apply(before);
    expect(await held()).toEqual([]);
    await deletePolicy.execute(fixture.tenant.owner, { id: fixture.policyId });
    const report = await store().apply(before);
    expect(report.followUp).toEqual([expect.stringMatching(/^The policy “Daily” is back for 3 backups that it made before\./)]);
    expect((await held()).toSorted()).toEqual(ids.toSorted());
    expect(await getSystemRetention.execute(fixture.tenant.owner, { id: fixture.systemId })).toMatchObject({ held: 3, deletes: 2 });

    await withTenant(fixture.tenant.id, async (db) => {
      await db.backup.updateMany({ data: { retentionHeld: false } });
      await db.policySystem.deleteMany({ where: { policyId: fixture.policyId } });
    });
    await store().apply(before);
    expect((await held()).toSorted()).toEqual(ids.toSorted());
  });
});

describe("what a backup cannot bring back", () => {
  let tenant: TestTenant;
  let wanted: TenantConfiguration;
  beforeAll(async () => {
    tenant = await createTestTenant();
    wanted = await createConfigurationStore(tenant.id).read();
  });

  test("the tenant never loses its last owner", async () => {
    const second = await tenant.addMember("owner");
    const stranger = { id: newId("member"), email: "former@example.com", name: "Former Owner", role: "owner" };
    const report = await createConfigurationStore(tenant.id).apply({ ...wanted, members: [stranger] });
    expect(report.outcome).toBe("partial");
    expect(report.problems.toSorted()).toEqual(
      [tenant.owner, second]
        .map(({ actor }) => `${actor.email} stays an owner, because otherwise the tenant would have none. Look through the members.`)
        .toSorted(),
    );
    expect(report.followUp).toEqual(["Invite former@example.com as owner again: the account and its password are not in the backup."]);
  });

  test("credentials sealed elsewhere are asked for again, and keys only merge", async () => {
    const id = newId("destination");
    const foreign = { id, name: "Bucket", kind: "s3", config: {}, sealedSecrets: seal(generateDataKey(), "{}", `${id}:secrets`) };
    const keyOfOld = {
      id: newId("key"),
      fingerprint: "00AA",
      hint: null,
      recoveryRecipients: [],
      createdAt: "2026-01-01T00:00:00.000Z",
      retiredAt: null,
    };
    const managed = { ...keyOfOld, id: newId("key"), mode: "managed", recipient: "age1x", protectedIdentity: null };
    const { recipient } = generateIdentity();
    const protectedKey = {
      ...keyOfOld,
      mode: "passphrase",
      recipient,
      fingerprint: fingerprintOf(recipient),
      protectedIdentity: "armored",
    };
    const [present] = wanted.keys;
    const keys = [managed, protectedKey, ...(present ? [{ ...present, hint: "forged", recipient: "age1z" }] : [])];
    const store = createConfigurationStore(tenant.id);
    const report = await store.apply({ ...wanted, destinations: [...wanted.destinations, foreign], keys });
    expect(report.followUp).toEqual([
      "The managed key 00AA cannot come back: its secret half is in no backup. Keep the identity that was taken away.",
      "Type the credentials of the destination “Bucket” again: they were sealed by another installation.",
    ]);
    const after = await store.read();
    expect(after.destinations.find((destination) => destination.id === id)).toEqual({ ...foreign, sealedSecrets: null });
    expect(after.keys.find((key) => key.id === present?.id)).toEqual(present);
    expect(after.keys.find((key) => key.id === protectedKey.id)?.retiredAt).not.toBeNull();
    expect(after.keys.map((key) => key.id)).not.toContain(managed.id);
  });

  const other = (part: "systems" | "destinations", more: object) => ({ [part]: wanted[part].map((row) => ({ ...row, ...more })) });
  const policy = (more: object) => ({ policies: wanted.policies.map((row) => ({ ...row, ...more })) });
  const key = (more: object) => ({
    keys: [{ ...(wanted.keys[0] ?? {}), id: newId("key"), mode: "passphrase", protectedIdentity: "armored", ...more }],
  });

  test.each<[string, () => object, RegExp]>([
    ["an id that leads elsewhere", () => other("systems", { id: "../../ten_other/sys" }), /no id of Holdfast/],
    [
      "a system that becomes another kind",
      () => other("systems", { kind: "folder" }),
      /another kind: folder instead of tenant-configuration/,
    ],
    ["a destination that becomes another kind", () => other("destinations", { kind: "s3" }), /another kind/],
    ["a name with a line break", () => other("destinations", { name: "a\nb" }), /no line breaks/],
    ["a name that no row can hold", () => other("destinations", { config: { path: "a\0" } }), /cannot be stored/],
    [
      "a schedule that nobody can read",
      () => policy({ schedule: { kind: "cron", expression: "* * * * * *", timeZone: "UTC" } }),
      /schedule/,
    ],
    ["a retention that keeps nothing", () => policy({ retention: {} }), /at least one rule/],
    ["endless attempts", () => policy({ attempts: 100_000 }), /At most 10 attempts/],
    ["a role that nobody has", () => ({ members: wanted.members.map((member) => ({ ...member, role: "god" })) }), /role/],
    ["a recipient that is none", () => key({ recipient: "age1nonsense" }), /Nothing can be encrypted/],
    ["somebody else's fingerprint", () => key({ recipient: generateIdentity().recipient }), /fingerprint is not the recipient's/],
  ])("%s is refused as the API would, and nothing is changed", async (_what, more, sentence) => {
    const store = createConfigurationStore(tenant.id);
    const present = await store.read();
    const forged = { ...present, ...more() };
    expect((await store.objections(forged))[0]).toMatch(sentence);
    await expect(store.apply(forged)).rejects.toThrow(sentence);
    expect(await store.read()).toEqual(present);
  });
});
