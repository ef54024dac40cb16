import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { addRuns, createCrowd, type Crowd, dailyUntil } from "#worker/dispatch-fixture.ts";
import { countCrowds, queueDueRuns } from "#worker/due-runs.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation({ LOG_LEVEL: "silent" });
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

test("a schedule that nobody can read holds up its own policy alone", async () => {
  const { schedule, ...due } = dailyUntil(1, 0);
  const [broken, whole] = [await createCrowd(1, { schedule: { kind: "whenever" } }), await createCrowd(1, { schedule })];
  for (const crowd of [broken, whole]) await addRuns(crowd, { status: "scheduled", ...due });
  await queueDueRuns();
  const statesOf = ({ tenantId }: Crowd) => withTenant(tenantId, (db) => db.run.findMany({ select: { status: true, occurrence: true } }));
  expect(await statesOf(broken)).toEqual([{ status: "scheduled", occurrence: due.occurrence }]);
  expect(await statesOf(whole)).toEqual([{ status: "queued", occurrence: due.occurrence }]);
});

test("what is due at the same time is one crowd, whosever it is", async () => {
  const crowds = [await createCrowd(2), await createCrowd(3)];
  const dueAt = new Date(Date.now() - 60_000);
  for (const crowd of crowds) await addRuns(crowd, { status: "scheduled", dueAt, occurrence: dueAt.toISOString() });
  expect((await acrossTenants("scheduler", countCrowds)).get(dueAt.getTime())).toBe(5);
});
