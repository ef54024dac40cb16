import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { addRuns, createCrowd, type Crowd, dailyUntil } from "#worker/dispatch-fixture.ts";
import { queueDueRuns } from "#worker/due-runs.ts";
import { keepLedger } from "#worker/ledger.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation({ LOG_LEVEL: "silent" });
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

const runsOf = ({ tenantId, policyId }: Crowd) =>
  withTenant(tenantId, (db) => db.run.findMany({ where: { policyId }, orderBy: [{ systemId: "asc" }, { dueAt: "asc" }] }));

test("hundreds of pairs are planned twice ahead, by two ledgers at once, and each only once", async () => {
  const crowd = await createCrowd(700);
  await Promise.all([keepLedger(), keepLedger()]);
  const runs = await runsOf(crowd);
  expect(runs).toHaveLength(1400);
  expect(new Set(runs.map((run) => `${run.systemId} ${run.occurrence}`)).size).toBe(1400);
  expect(runs.every((run) => run.status === "scheduled" && run.dueAt > new Date() && run.destinationIds[0] === crowd.destinationId)).toBe(
    true,
  );
});

test("an edit plans its own policy anew and leaves the others' rows", async () => {
  const [edited, other] = [await createCrowd(3), await createCrowd(3)];
  await keepLedger();
  const before = await runsOf(other);
  await withTenant(edited.tenantId, (db) =>
    db.policy.updateMany({ where: { id: edited.policyId }, data: { schedule: { kind: "daily", at: "05:00", timeZone: "UTC" } } }),
  );
  await keepLedger();
  expect((await runsOf(edited)).map((run) => run.occurrence?.slice(11))).toEqual(Array(6).fill("05:00[UTC]"));
  expect(await runsOf(other)).toEqual(before);
});

test("after days without a worker, each system of each policy runs once, at once; the other days are missed and told of once", async () => {
  const { schedule, ...planned } = dailyUntil(5, 3);
  const [crowd, prompt] = [await createCrowd(600, { schedule }), await createCrowd(2, { schedule, catchUp: "skip", windowMinutes: 1 })];
  for (const each of [crowd, prompt]) await addRuns(each, { status: "scheduled", ...planned });
  await Promise.all([queueDueRuns(), queueDueRuns()]);
  await queueDueRuns();
  const runs = Map.groupBy(await runsOf(crowd), (run) => run.systemId);
  expect(runs.size).toBe(600);
  const states = [...runs.values()].map((of) => of.map((run) => run.status).join(" "));
  expect(new Set(states)).toEqual(new Set(["missed missed missed queued"]));
  const events = await withTenant(crowd.tenantId, (db) => db.event.findMany({ where: { type: "run.missed" } }));
  expect(events).toHaveLength(600);
  expect(events[0]?.data).toMatchObject({ count: 3 });
  expect((await runsOf(prompt)).map((run) => run.status)).toEqual(Array(8).fill("missed"));
});

test("on a jump of ten years, each policy runs once, and the gap leaves few rows", async () => {
  const { schedule, ...planned } = dailyUntil(5, 3650);
  const crowd = await createCrowd(2, { schedule });
  await addRuns(crowd, { status: "scheduled", ...planned });
  await queueDueRuns();
  const runs = await runsOf(crowd);
  expect(runs.filter((run) => run.status === "queued")).toHaveLength(2);
  expect(runs.filter((run) => run.status === "missed")).toHaveLength(200);
  expect(runs.filter((run) => run.status === "scheduled")).toHaveLength(0);
});
