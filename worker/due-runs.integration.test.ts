import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";
import { addRuns, createCrowd } from "#worker/dispatch-fixture.ts";
import { countCrowds, queueDueRuns } from "#worker/due-runs.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation({ LOG_LEVEL: "silent" });
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

/** A run of the tenant's daily policy that is due now. */
async function withDueRun(schedule: object): Promise<{ tenantId: string; runId: string }> {
  const { id: tenantId } = await createTestTenant();
  const runId = newId("run");
  const dueAt = new Date(Date.now() - 1000);
  await withTenant(tenantId, async (db) => {
    const { policyId, systemId } = await db.policySystem.findFirstOrThrow();
    await db.policy.updateMany({ data: { schedule, catchUp: "latest" } });
    await db.run.createMany({
      data: [{ id: runId, policyId, systemId, trigger: "schedule", dueAt, occurrence: dueAt.toISOString(), status: "scheduled" }],
    });
  });
  return { tenantId, runId };
}

test("a schedule that nobody can read holds up its own policy alone", async () => {
  const broken = await withDueRun({ kind: "whenever" });
  const whole = await withDueRun({ kind: "cron", expression: "* * * * *", timeZone: "UTC" });
  await queueDueRuns();
  const statusOf = ({ tenantId, runId }: typeof broken) =>
    withTenant(tenantId, (db) => db.run.findFirst({ where: { id: runId }, select: { status: true } }));
  expect(await statusOf(broken)).toEqual({ status: "scheduled" });
  expect((await statusOf(whole))?.status).not.toBe("scheduled");
});

test("what is due at the same time is one crowd, whosever it is", async () => {
  const crowds = [await createCrowd(2), await createCrowd(3)];
  const dueAt = new Date(Date.now() - 60_000);
  for (const crowd of crowds) await addRuns(crowd, { status: "scheduled", dueAt, occurrence: dueAt.toISOString() });
  expect((await acrossTenants("scheduler", countCrowds)).get(dueAt.getTime())).toBe(5);
});
