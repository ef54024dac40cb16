import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { getSettings } from "#lib/settings/get-settings.ts";
import { updateSettings } from "#lib/settings/update-settings.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

test("each backup is verified once in 30 days unless somebody says otherwise, also where what is stored cannot be read", async () => {
  const { id, owner } = await createTestTenant();
  const verifyDays = async () => (await getSettings.execute(owner, {})).verifyDays;
  expect(await verifyDays()).toBe(30);
  for (const days of [0, 7, 3650]) {
    expect(await updateSettings.execute(owner, { verifyDays: days })).toMatchObject({ verifyDays: days });
    expect(await verifyDays()).toBe(days);
  }
  for (const settings of [{}, { verifyDays: -1 }, { verifyDays: "weekly" }, [], "none"]) {
    await withTenant(id, (db) => db.tenant.updateMany({ data: { settings } }));
    expect(await verifyDays()).toBe(30);
  }
});
