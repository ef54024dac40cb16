import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { listAudit } from "#lib/audit/list-audit.ts";
import { closeClients } from "#lib/db/client.ts";
import { deleteDestination } from "#lib/destinations/delete-destination.ts";
import { listDestinations } from "#lib/destinations/list-destinations.ts";
import { createPolicy } from "#lib/policies/create-policy.ts";
import { deletePolicy } from "#lib/policies/delete-policy.ts";
import { getPolicy } from "#lib/policies/get-policy.ts";
import { listPolicies } from "#lib/policies/list-policies.ts";
import type { PolicyDto } from "#lib/policies/schemas.ts";
import { updatePolicy } from "#lib/policies/update-policy.ts";
import { deleteSystem } from "#lib/systems/delete-system.ts";
import { listSystems } from "#lib/systems/list-systems.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

let tenant: TestTenant;
let systemId: string;
let destinationId: string;
beforeEach(async () => {
  tenant = await createTestTenant();
  systemId = firstId((await listSystems.execute(tenant.owner, {})).items);
  destinationId = firstId((await listDestinations.execute(tenant.owner, {})).items);
});

function firstId(items: { id: string }[]): string {
  const [first] = items;
  if (!first) throw new Error("The tenant has none.");
  return first.id;
}

const daily = async (): Promise<PolicyDto> => {
  const [policy] = (await listPolicies.execute(tenant.owner, {})).items;
  if (!policy) throw new Error("The tenant has no policy.");
  return policy;
};
const fields = (more: object = {}) => ({
  name: "Weekly 🗓 / off-site",
  systemIds: [systemId],
  destinationIds: [destinationId],
  schedule: { kind: "interval", everyDays: 7, at: ["03:30"], timeZone: "Europe/Berlin" },
  retention: { keepWeekly: 8 },
  ...more,
});

test("a tenant starts with a daily policy that keeps 30", async () => {
  expect(await daily()).toMatchObject({
    name: "Daily",
    enabled: true,
    systemIds: [systemId],
    destinationIds: [destinationId],
    schedule: { kind: "daily", at: "01:00", timeZone: "UTC" },
    retention: { keepLast: 30 },
  });
});

describe("retention", () => {
  test("is made longer by an operator, and shorter by an admin only", async () => {
    const { id } = await daily();
    const operator = await tenant.addMember("operator");
    const admin = await tenant.addMember("admin");
    const keep = (retention: object) => ({ id, retention });
    await expect(updatePolicy.execute(operator, keep({ keepLast: 40 }))).resolves.toMatchObject({ retention: { keepLast: 40 } });
    for (const fewer of [{ keepLast: 39 }, { keepDays: 90 }, { keepDaily: 100, keepLast: 1 }]) {
      await expect(updatePolicy.execute(operator, keep(fewer))).rejects.toMatchObject({
        code: "forbidden",
        message: expect.stringContaining("Ask an admin or an owner") as unknown,
      });
    }
    expect(await getPolicy.execute(operator, { id })).toMatchObject({ retention: { keepLast: 40 } });
    await expect(updatePolicy.execute(admin, keep({ keepLast: 5 }))).resolves.toMatchObject({ retention: { keepLast: 5 } });
  });

  test("that keeps nothing is refused beside its field", async () => {
    const attempt = createPolicy.execute(tenant.owner, fields({ retention: {} }));
    await expect(attempt).rejects.toMatchObject({
      errors: [{ path: "retention", message: expect.stringContaining("at least one rule") as unknown }],
    });
  });
});

describe("a policy", () => {
  test("is created, changed and deleted, each with an entry in the log", async () => {
    const created = await createPolicy.execute(tenant.owner, fields());
    expect(created).toMatchObject({ ...fields(), schedule: { anchorDate: expect.any(String) as unknown }, attempts: 3, windowMinutes: 60 });
    const { id, schedule } = created;
    const moved = await updatePolicy.execute(tenant.owner, { id, schedule: { ...fields().schedule, at: ["04:00"] } });
    expect(moved.schedule).toEqual({ ...schedule, at: ["04:00"] });
    await updatePolicy.execute(tenant.owner, { id, enabled: false });
    await deletePolicy.execute(tenant.owner, { id });
    await expect(getPolicy.execute(tenant.owner, { id })).rejects.toMatchObject({ code: "not-found" });
    const { items } = await listAudit.execute(tenant.owner, { subjectId: id });
    expect(items.map(({ action }) => action)).toEqual(["policy.deleted", "policy.changed", "policy.changed", "policy.created"]);
    expect(items[1]).toMatchObject({ detail: { changed: { enabled: false } } });
  });

  test.each([
    [{ name: " " }, "name"],
    [{ systemIds: [] }, "systemIds"],
    [{ systemIds: ["sys_unknown"] }, "systemIds"],
    [{ destinationIds: ["dst_unknown"] }, "destinationIds"],
    [{ schedule: { kind: "cron", expression: "61 * * * *", timeZone: "UTC" } }, "schedule.expression"],
    [{ schedule: { kind: "daily", at: "25:00", timeZone: "UTC" } }, "schedule.at"],
    [{ schedule: { kind: "daily", at: "01:00", timeZone: "Mars/Olympus" } }, "schedule.timeZone"],
    [{ attempts: 0 }, "attempts"],
    [{ windowMinutes: 2000 }, "windowMinutes"],
  ])("with %j is refused at its field", async (wrong, path) => {
    await expect(createPolicy.execute(tenant.owner, fields(wrong))).rejects.toMatchObject({ errors: [{ path }] });
  });

  test("does not take another tenant's systems or destinations", async () => {
    const other = await createTestTenant();
    const foreign = firstId((await listSystems.execute(other.owner, {})).items);
    const attempt = createPolicy.execute(tenant.owner, fields({ systemIds: [foreign] }));
    await expect(attempt).rejects.toMatchObject({ errors: [{ path: "systemIds" }] });
  });

  test("is deleted by an admin, not by an operator", async () => {
    const { id } = await daily();
    await expect(deletePolicy.execute(await tenant.addMember("operator"), { id })).rejects.toMatchObject({ code: "forbidden" });
    await expect(deletePolicy.execute(await tenant.addMember("admin"), { id })).resolves.toMatchObject({ id });
  });

  test("keeps its only destination, and loses a system that is disconnected", async () => {
    await expect(deleteDestination.execute(tenant.owner, { id: destinationId })).rejects.toMatchObject({
      code: "last-destination",
      message: expect.stringContaining("“Daily”") as unknown,
    });
    await deleteSystem.execute(tenant.owner, { id: systemId });
    expect(await daily()).toMatchObject({ systemIds: [], destinationIds: [destinationId] });
  });
});
