import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import type { TenantConfiguration } from "#lib/connectors/configuration-store.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { deletePolicy } from "#lib/policies/delete-policy.ts";
import { scheduleChangeRuns } from "#lib/runs/schedule-change-runs.ts";
import { deleteSystem } from "#lib/systems/delete-system.ts";
import { createConfigurationStore } from "#lib/tenants/configuration-store.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";
import { keepLedger } from "#worker/ledger.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation({ LOG_LEVEL: "silent" });
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

interface Covered {
  tenant: TestTenant;
  policyId: string;
  /** One folder, beside the tenant's own configuration. */
  systemId: string;
  /** Before the policy and the folder were there. */
  without: TenantConfiguration;
  with: TenantConfiguration;
}

type Store = ReturnType<typeof createConfigurationStore>;

const change = (tenant: TestTenant) => withTenant(tenant.id, (db) => scheduleChangeRuns(db, 200));
const storeOf = ({ tenant }: { tenant: TestTenant }): Store => createConfigurationStore(tenant.id);

async function createCovered(): Promise<Covered> {
  const tenant = await createTestTenant();
  const [policyId, systemId] = [newId("policy"), newId("system")];
  const without = await storeOf({ tenant }).read();
  await withTenant(tenant.id, async (db) => {
    const own = await db.system.findFirstOrThrow({ where: { kind: "tenant-configuration" } });
    const destination = await db.destination.findFirstOrThrow();
    await db.system.createMany({ data: [{ id: systemId, name: "Router", kind: "folder", config: { path: "/etc" } }] });
    const schedule = { kind: "daily", at: "04:00", timeZone: "UTC" };
    await db.policy.createMany({ data: [{ id: policyId, name: "Nightly", schedule, retention: { keepLast: 3 }, onChange: true }] });
    await db.policySystem.createMany({ data: [own.id, systemId].map((id) => ({ policyId, systemId: id })) });
    await db.policyDestination.createMany({ data: [{ policyId, destinationId: destination.id }] });
  });
  await keepLedger();
  await change(tenant);
  return { tenant, policyId, systemId, without, with: await storeOf({ tenant }).read() };
}

/** Runs of the policy that are planned, by system and trigger. */
async function planned({ tenant, policyId }: Covered): Promise<number[]> {
  const rows = await withTenant(tenant.id, (db) => db.run.findMany({ where: { policyId, status: "scheduled" } }));
  return [...Map.groupBy(rows, (run) => `${run.trigger} ${run.systemId}`).values()].map((of) => of.length).toSorted();
}

test.each([
  ["deleted", (covered: Covered) => deletePolicy.execute(covered.tenant.owner, { id: covered.policyId })],
  ["taken by a restore of the configuration", (covered: Covered) => storeOf(covered).apply(covered.without)],
])("a policy that was %s and comes back is planned as before, and runs on changes again", async (_how, remove) => {
  const covered = await createCovered();
  expect(await planned(covered)).toEqual([1, 2, 2]);
  await remove(covered);
  expect(await planned(covered)).toEqual([]);
  await storeOf(covered).apply(covered.with);
  await keepLedger();
  await change(covered.tenant);
  expect(await planned(covered)).toEqual([1, 2, 2]);
});

test("a system that was disconnected and comes back is planned as before", async () => {
  const covered = await createCovered();
  await deleteSystem.execute(covered.tenant.owner, { id: covered.systemId });
  expect(await planned(covered)).toEqual([1, 2]);
  await storeOf(covered).apply(covered.with);
  await keepLedger();
  expect(await planned(covered)).toEqual([1, 2, 2]);
});
