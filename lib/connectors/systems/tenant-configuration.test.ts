import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { archiveOf, collect, type StoredEntry } from "#lib/connectors/archive-in-memory.ts";
import type { TenantConfiguration } from "#lib/connectors/configuration-store.ts";
import type { SystemContext } from "#lib/connectors/connector.ts";
import { tenantConfiguration } from "#lib/connectors/systems/tenant-configuration.ts";
import { createAddressGuard } from "#lib/net/address-guard.ts";

const example: TenantConfiguration = {
  tenant: { id: "ten_1", slug: "acme", name: "Acme 🗝️" },
  members: [
    { id: "mem_1", email: "owner@example.com", name: "Owner", role: "owner" },
    { id: "mem_2", email: "viewer@example.com", name: "", role: "viewer" },
  ],
  systems: [{ id: "sys_1", name: "Router", kind: "folder", config: { host: "10.0.0.1" }, sealedSecrets: "sealed-1" }],
  destinations: [{ id: "dst_1", name: "This machine", kind: "local", config: { path: "backups" }, sealedSecrets: null }],
  policies: [
    {
      id: "pol_1",
      name: "Daily",
      enabled: true,
      systemIds: ["sys_1"],
      destinationIds: ["dst_1"],
      schedule: { kind: "daily", at: "01:00", timeZone: "UTC" },
      onChange: true,
      retention: { keepLast: 30 },
      attempts: 3,
      windowMinutes: 60,
      catchUp: "once",
    },
  ],
  keys: [
    {
      id: "key_1",
      mode: "passphrase",
      fingerprint: "ab:cd",
      recipient: "age1…",
      protectedIdentity: "-----BEGIN AGE ENCRYPTED FILE-----",
      hint: null,
      recoveryRecipients: [],
      createdAt: "2026-01-01T00:00:00.000Z",
      retiredAt: null,
    },
  ],
  settings: { change: "five minutes" },
};

/** A store in memory that remembers what was applied. */
function storeOf(live: TenantConfiguration, objections: string[] = []) {
  const applied: TenantConfiguration[] = [];
  const context: SystemContext = {
    signal: new AbortController().signal,
    localRoots: [],
    network: createAddressGuard({ allowed: [] }),
    configuration: {
      read: () => Promise.resolve(structuredClone(live)),
      objections: () => Promise.resolve(objections),
      apply(wanted) {
        applied.push(wanted);
        return Promise.resolve({ outcome: "completed", applied: [], problems: [], followUp: [] });
      },
    },
  };
  return { context, applied };
}

const captured = async (live = example) => collect(await tenantConfiguration.capture({}, storeOf(live).context));

async function checked(stored: StoredEntry[]): Promise<void> {
  const check = tenantConfiguration.check();
  for (const { path, content } of stored) await check.entry(path, Readable.from([content]));
  await check.finish();
}

async function planned(live: TenantConfiguration, wanted: TenantConfiguration) {
  return tenantConfiguration.planRestore({}, archiveOf("tenant-configuration", await captured(wanted)), storeOf(live).context);
}

describe("capturing a tenant's configuration", () => {
  test("gives one document a part, which passes the truth check", async () => {
    const stored = await captured();
    expect(stored.map(({ path, mode }) => [path, mode])).toEqual(
      ["tenant", "members", "systems", "destinations", "policies", "keys", "settings"].map((part) => [`configuration/${part}.json`, 0o600]),
    );
    await checked(stored);
  });

  test("says whether it holds credentials, and what it does not hold", async () => {
    const { context } = storeOf(example);
    expect(await tenantConfiguration.capture({}, context)).toMatchObject({ includesSecrets: true, systemVersion: null });
    const bare = { ...example, systems: [], policies: [] };
    expect(await tenantConfiguration.capture({}, storeOf(bare).context)).toMatchObject({ includesSecrets: false });
    expect(tenantConfiguration.notInBackup.join()).toMatch(/passwords and second factors.*sessions and API tokens.*audit log/);
    expect(await tenantConfiguration.validate({}, context)).toMatchObject({ ok: true });
  });

  test("the truth check refuses what would not restore", async () => {
    const refused = async (wanted: TenantConfiguration) => checked(await captured(wanted));
    const [policy] = example.policies;
    await expect(refused({ ...example, systems: [] })).rejects.toThrow("“Daily” refers to sys_1, which is not there");
    await expect(refused({ ...example, destinations: [] })).rejects.toThrow("refers to dst_1");
    await expect(refused({ ...example, members: [] })).rejects.toThrow("No member of it is an owner");
    await expect(refused({ ...example, policies: policy ? [policy, policy] : [] })).rejects.toThrow("twice among the policies");
    await expect(refused({ ...example, keys: example.keys.map((key) => ({ ...key, protectedIdentity: null })) })).rejects.toThrow(
      "lacks its recipient",
    );
    const stored = await captured();
    await expect(checked(stored.slice(1))).rejects.toThrow("The archive lacks configuration/tenant.json");
    await expect(checked([...stored, ...stored])).rejects.toThrow("is there twice");
    await expect(checked([{ ...entryOf("other.json", "{}") }])).rejects.toThrow("no part of a tenant's configuration");
    await expect(checked([entryOf("configuration/members.json", "[{")])).rejects.toThrow("is not JSON");
    await expect(checked([entryOf("configuration/members.json", '[{"id":"x"}]')])).rejects.toThrow("is not valid");
  });
});

describe("planning and applying", () => {
  test("what breaks a rule of the tenant's is a blocker", async () => {
    const { context } = storeOf(example, ["The schedule cannot be read."]);
    const archive = archiveOf("tenant-configuration", await captured());
    expect((await tenantConfiguration.planRestore({}, archive, context)).blockers).toEqual(["The schedule cannot be read."]);
  });

  test("an equal configuration changes nothing but ends sessions", async () => {
    const plan = await planned(example, example);
    expect(plan).toMatchObject({ changes: [], warnings: [], blockers: [], notInBackup: ["something"] });
    expect(plan.effects).toEqual(["You will be signed out: all sessions of this tenant's members end."]);
  });

  test("tells what is added, changed and removed, and shows no credentials", async () => {
    const [system] = example.systems;
    if (!system) throw new Error("The example has a system.");
    const live: TenantConfiguration = {
      ...example,
      tenant: { ...example.tenant, name: "Renamed" },
      members: [
        { id: "mem_1", email: "owner@example.com", name: "Owner", role: "owner" },
        { id: "mem_3", email: "new@example.com", name: "New", role: "admin" },
      ],
      systems: [
        { ...system, config: { host: "10.0.0.2" } },
        { ...system, id: "sys_2", name: "Newer" },
      ],
      destinations: example.destinations.map((row) => ({ ...row, sealedSecrets: "sealed-2" })),
      policies: [],
      keys: [],
      settings: { change: "an hour", other: true },
    };
    const plan = await planned(live, example);
    expect(plan.changes.map(({ part, action, subject }) => `${part}: ${action} ${subject}`)).toEqual([
      "Tenant: change Name",
      "Members: remove new@example.com",
      "Systems: change Router",
      "Systems: remove Newer",
      "Destinations: change This machine",
      "Policies: add Daily",
      "Keys: add ab:cd",
      "Settings: change change",
      "Settings: remove other",
    ]);
    expect(plan.warnings).toEqual([
      "viewer@example.com (viewer) has to be invited again: accounts and passwords are not in a backup.",
      "Not in the backup: “Newer”. Whatever stored backups refer to is kept; the rest goes.",
    ]);
    expect(plan.effects).toContain("new@example.com will no longer be a member.");
    expect(JSON.stringify(plan)).not.toMatch(/sealed-|BEGIN AGE/);
  });

  test("new credentials alone are a change too", async () => {
    const live = { ...example, systems: example.systems.map((row) => ({ ...row, sealedSecrets: "sealed-9" })) };
    expect((await planned(live, example)).changes.map(({ subject }) => subject)).toEqual(["Router"]);
  });

  test("a retention never shrinks, and the plan says so", async () => {
    const keeping = (retention: Record<string, number>) => ({
      ...example,
      policies: example.policies.map((row) => ({ ...row, retention })),
    });
    const smaller = await planned(keeping({ keepLast: 50, keepYearly: 2 }), example);
    expect(smaller.changes).toEqual([]);
    expect(smaller.warnings).toEqual(["The policy “Daily” keeps as many backups as it does now: the backup’s rules keep fewer."]);
    const partly = await planned(keeping({ keepLast: 10, keepYearly: 2 }), example);
    expect(partly.changes).toMatchObject([{ part: "Policies", after: { retention: { keepLast: 30, keepYearly: 2 } } }]);
    const larger = await planned(keeping({ keepLast: 10 }), example);
    expect(larger).toMatchObject({ changes: [{ after: { retention: { keepLast: 30 } } }], warnings: [] });
  });

  test("an owner always stays, and another tenant's configuration is named", async () => {
    const live = {
      ...example,
      tenant: { ...example.tenant, id: "ten_2" },
      members: [{ id: "mem_9", email: "somebody@example.com", name: "", role: "owner" }],
    };
    const plan = await planned(live, example);
    expect(plan.changes).toEqual([]);
    expect(plan.warnings).toContain("somebody@example.com stays an owner, because otherwise the tenant would have none.");
    expect(plan.warnings[0]).toMatch(/another tenant, “Acme 🗝️” \(acme\)/);
  });

  test("hands the store the very configuration that was captured", async () => {
    const { context, applied } = storeOf(example);
    const archive = archiveOf("tenant-configuration", await captured());
    await tenantConfiguration.applyRestore({}, archive, context, () => undefined);
    expect(applied).toEqual([example]);
    const broken = archiveOf("tenant-configuration", (await captured()).slice(2));
    await expect(tenantConfiguration.applyRestore({}, broken, context, () => undefined)).rejects.toThrow("lacks");
    expect(applied).toHaveLength(1);
  });
});

function entryOf(path: string, text: string): StoredEntry {
  return { path, type: "file", mode: 0o600, modifiedAt: new Date(0), content: Buffer.from(text) };
}
