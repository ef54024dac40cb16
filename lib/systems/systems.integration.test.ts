import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { listAudit } from "#lib/audit/list-audit.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createSystem } from "#lib/systems/create-system.ts";
import { deleteSystem } from "#lib/systems/delete-system.ts";
import { getSystem } from "#lib/systems/get-system.ts";
import { listConnectors } from "#lib/systems/list-connectors.ts";
import { listSystems } from "#lib/systems/list-systems.ts";
import { loadSystem } from "#lib/systems/load-system.ts";
import type { SystemDto } from "#lib/systems/schemas.ts";
import { updateSystem } from "#lib/systems/update-system.ts";
import { validateStoredSystem, validateSystem } from "#lib/systems/validate-system.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
let sshd: Sshd;
beforeAll(async () => {
  installation = await createTestInstallation();
  sshd = await startSshd();
  writeFileSync(join(sshd.root, "app.conf"), "port = 1\n");
});
afterAll(async () => {
  await sshd.stop();
  await closeClients();
  await installation.remove();
});

let tenant: TestTenant;
beforeEach(async () => {
  tenant = await createTestTenant();
});

const typed = (more: Record<string, unknown> = {}) => ({
  host: sshd.host,
  port: sshd.port,
  user: sshd.user,
  authentication: "privateKey",
  privateKey: sshd.privateKey,
  path: sshd.root,
  ...more,
});
const pinned = (more: Record<string, unknown> = {}) => typed({ hostKey: `ssh-ed25519 ${sshd.hostKeyFingerprint}`, ...more });
const connect = (): Promise<SystemDto> => createSystem.execute(tenant.owner, { name: "Gateway", kind: "folder", config: pinned() });

describe("connecting a system", () => {
  test("shows what Validate saw, and saves only with it", async () => {
    const seen = { hostKey: `ssh-ed25519 ${sshd.hostKeyFingerprint}` };
    expect(await validateSystem.execute(tenant.owner, { kind: "folder", config: typed() })).toMatchObject({ ok: true, observed: seen });
    const unpinned = createSystem.execute(tenant.owner, { name: "Gateway", kind: "folder", config: typed() });
    await expect(unpinned).rejects.toMatchObject({
      code: "confirm-observed",
      errors: [{ path: "config.hostKey" }],
      extra: { observed: seen },
    });
    expect(await connect()).toMatchObject({ name: "Gateway", kind: "folder", storedSecrets: ["privateKey"], lastBackup: null });
  });

  test("does not save what does not work, and says at which step", async () => {
    const attempt = createSystem.execute(tenant.owner, { name: "Gateway", kind: "folder", config: pinned({ path: "/nowhere" }) });
    await expect(attempt).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringContaining("/nowhere") as unknown,
    });
    expect((await listSystems.execute(tenant.owner, {})).items).toHaveLength(1);
  });

  test("names each field that is missing", async () => {
    const attempt = validateSystem.execute(tenant.owner, { kind: "folder", config: {} });
    await expect(attempt).rejects.toMatchObject({
      errors: expect.arrayContaining([{ path: "config.host", message: "Fill this in." }]) as unknown,
    });
  });

  test("takes this tenant's configuration once only", async () => {
    const attempt = createSystem.execute(tenant.owner, { name: "Again", kind: "tenant-configuration", config: {} });
    await expect(attempt).rejects.toMatchObject({ code: "already-connected" });
  });

  test("is described for its form, without a word of what is stored", async () => {
    await connect();
    const { systems } = await listConnectors.execute(tenant.owner, {});
    const folder = systems.find(({ kind }) => kind === "folder");
    expect(folder?.fields.filter(({ secret }) => secret).map(({ name }) => name)).toContain("privateKey");
    expect(JSON.stringify(systems)).not.toContain(sshd.privateKey.slice(40, 120));
  });
});

describe("a stored secret", () => {
  test("never comes out again, in no answer and no log", async () => {
    const system = await connect();
    await updateSystem.execute(tenant.owner, { id: system.id, config: { ...system.config, exclude: ["cache/**"] } });
    const answers = [
      system,
      await getSystem.execute(tenant.owner, { id: system.id }),
      await listSystems.execute(tenant.owner, {}),
      await validateStoredSystem.execute(tenant.owner, { id: system.id }),
      await listAudit.execute(tenant.owner, {}),
    ];
    const line = sshd.privateKey.split("\n")[1] ?? "";
    expect(line.length).toBeGreaterThan(40);
    expect(JSON.stringify(answers)).not.toContain(line);
    const row = await withTenant(tenant.id, (db) => db.system.findFirstOrThrow({ where: { id: system.id } }));
    expect(JSON.stringify(row)).not.toContain(line);
  });

  test("is kept while the address stays", async () => {
    const system = await connect();
    const changed = await updateSystem.execute(tenant.owner, { id: system.id, config: { ...system.config, include: ["*.conf"] } });
    expect(changed).toMatchObject({ storedSecrets: ["privateKey"], config: { include: ["*.conf"] } });
    expect((await loadSystem(tenant.id, system.id)).config).toMatchObject({ privateKey: sshd.privateKey });
  });

  test.each([
    ["host", "127.0.0.2"],
    ["port", 1],
    ["hostKey", `ssh-ed25519 SHA256:${"A".repeat(43)}`],
    ["hostKey", ""],
  ])("does not go along when %s changes to %s, to Validate as little as to the row", async (name, value) => {
    const { id, config } = await connect();
    const moved = { id, config: { ...config, [name]: value } };
    const refused = { errors: [{ path: "config.privateKey", message: expect.stringContaining("type it again") as unknown }] };
    await expect(validateStoredSystem.execute(tenant.owner, moved)).rejects.toMatchObject(refused);
    await expect(updateSystem.execute(tenant.owner, moved)).rejects.toMatchObject(refused);
    expect((await getSystem.execute(tenant.owner, { id })).config).toEqual(config);
  });

  test("typed again, goes with the new address", async () => {
    const { id, config } = await connect();
    const moved = await updateSystem.execute(tenant.owner, { id, config: { ...config, host: "localhost", privateKey: sshd.privateKey } });
    expect(moved).toMatchObject({ config: { host: "localhost" }, storedSecrets: ["privateKey"] });
  });

  test("is forgotten with its system", async () => {
    const { id } = await connect();
    await deleteSystem.execute(tenant.owner, { id });
    const row = await withTenant(tenant.id, (db) => db.system.findFirstOrThrow({ where: { id } }));
    expect(row).toMatchObject({ sealedSecrets: null, deletedAt: expect.any(Date) as unknown });
    await expect(getSystem.execute(tenant.owner, { id })).rejects.toMatchObject({ code: "not-found" });
  });
});

test("a viewer looks at systems, and an operator does not disconnect one", async () => {
  const { id } = await connect();
  const [viewer, operator] = [await tenant.addMember("viewer"), await tenant.addMember("operator")];
  expect(await getSystem.execute(viewer, { id })).toMatchObject({ name: "Gateway" });
  await expect(validateStoredSystem.execute(viewer, { id })).rejects.toMatchObject({ code: "forbidden" });
  await expect(updateSystem.execute(operator, { id, name: "Gateway 2" })).resolves.toMatchObject({ name: "Gateway 2" });
  await expect(deleteSystem.execute(operator, { id })).rejects.toMatchObject({ code: "forbidden" });
});
