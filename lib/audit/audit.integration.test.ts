import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { listAudit } from "#lib/audit/list-audit.ts";
import type { AuditEventDto } from "#lib/audit/schemas.ts";
import { closeClients } from "#lib/db/client.ts";
import { getSettings } from "#lib/settings/get-settings.ts";
import { updateSettings } from "#lib/settings/update-settings.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
let tenant: TestTenant;
beforeAll(async () => {
  installation = await createTestInstallation();
  tenant = await createTestTenant();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

test("the tenant is renamed by an admin, looked at by an auditor, and neither by an operator", async () => {
  const [admin, auditor, operator] = [
    await tenant.addMember("admin"),
    await tenant.addMember("auditor"),
    await tenant.addMember("operator"),
  ];
  const renamed = { tenantId: tenant.id, name: "Cellar 🍷 & Daughters" };
  expect(await updateSettings.execute(admin, { name: " Cellar 🍷 & Daughters " })).toMatchObject(renamed);
  expect(await getSettings.execute(auditor, {})).toMatchObject(renamed);
  await expect(updateSettings.execute(auditor, { name: "Mine" })).rejects.toMatchObject({ code: "forbidden" });
  await expect(getSettings.execute(operator, {})).rejects.toMatchObject({ code: "forbidden" });
  await expect(updateSettings.execute(admin, { name: "two\nlines" })).rejects.toMatchObject({ errors: [{ path: "name" }] });
  await expect(listAudit.execute(operator, {})).rejects.toMatchObject({ code: "forbidden" });
});

test("the log is read from the newest on, each entry with the hash of the one before, page by page and filtered", async () => {
  for (const name of ["One", "Two", "Three"]) await updateSettings.execute(tenant.owner, { name });
  const { items } = await listAudit.execute(tenant.owner, { limit: 200 });
  expect(items.length).toBeGreaterThan(4);
  items.slice(0, -1).forEach((event, index) => expect(event.previousHash).toBe(items[index + 1]?.hash));
  expect(items.at(-1)).toMatchObject({ action: "tenant.created", previousHash: "0".repeat(64) });

  const paged: string[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: AuditEventDto[]; nextCursor: string | null } = await listAudit.execute(tenant.owner, {
      limit: 2,
      ...(cursor ? { cursor } : {}),
    });
    paged.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor);
  expect(paged).toEqual(items.map(({ id }) => id));

  const changed = await listAudit.execute(tenant.owner, { action: "settings.changed" });
  expect(changed.items.slice(0, 3).map(({ detail }) => detail)).toEqual([{ name: "Three" }, { name: "Two" }, { name: "One" }]);
  expect((await listAudit.execute(tenant.owner, { subjectId: tenant.id, action: "session.opened" })).items).toEqual([]);
});
