import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { deletePolicy } from "#lib/policies/delete-policy.ts";
import { listPolicies } from "#lib/policies/list-policies.ts";
import { updatePolicy } from "#lib/policies/update-policy.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";
import { setClockBy, setClockTo } from "#worker/clock-fixture.ts";
import { queueDueRuns } from "#worker/due-runs.ts";
import { keepLedger } from "#worker/ledger.ts";

// A policy is edited while no worker runs, or before one came to it: what was due by then is not lost, and nothing runs that nobody wanted.

let installation: TestInstallation;
let admin: pg.Client;
beforeAll(async () => {
  installation = await createTestInstallation({ LOG_LEVEL: "silent" });
  admin = new pg.Client({ connectionString: installation.database.superuserUrl });
  await admin.connect();
});
afterEach(() => setClockBy(admin, null));
afterAll(async () => {
  await admin.end();
  await closeClients();
  await installation.remove();
});

interface Planned extends TestTenant {
  policyId: string;
}

const dailyAt = (at: string, timeZone = "UTC") => ({ kind: "daily", at, timeZone });
const isAt = (time: string) => setClockTo(admin, `2027-05-${time}Z`);
const edit = ({ owner, policyId: id }: Planned, change: object) => updatePolicy.execute(owner, { id, ...change });
const planned = async (tenant: Planned) => (await runsOf(tenant)).filter((run) => run.endsWith("scheduled"));

/** Days and local times of what is due by schedule, each with its state. */
async function runsOf({ id, policyId }: Planned): Promise<string[]> {
  const runs = await withTenant(id, (db) => db.run.findMany({ where: { policyId, trigger: "schedule" }, orderBy: { dueAt: "asc" } }));
  return runs.map((run) => `${run.occurrence?.slice(8, 16)} ${run.status}`);
}

/** A tenant whose policy is paused. */
async function pausedTenant(): Promise<Planned> {
  const tenant = await createTestTenant();
  const [policy] = (await listPolicies.execute(tenant.owner, {})).items;
  const paused = { ...tenant, policyId: policy?.id ?? "" };
  await edit(paused, { enabled: false });
  return paused;
}

/** Its policy is due at 01:00 each day; on the 10th, that was planned, and then the last worker went. */
async function plannedDaily(change: object = {}): Promise<Planned> {
  const tenant = await pausedTenant();
  await isAt("10T12:00");
  await edit(tenant, { enabled: true, schedule: dailyAt("01:00"), ...change });
  await keepLedger();
  expect(await runsOf(tenant)).toEqual(["11T01:00 scheduled", "12T01:00 scheduled"]);
  return tenant;
}

/** What two workers do that come: both rounds, in either order. */
async function workersCome(first: () => Promise<void>): Promise<void> {
  await first();
  for (const round of [queueDueRuns, keepLedger, queueDueRuns]) await round();
}

const eventsOf = ({ id }: Planned) => withTenant(id, (db) => db.event.findMany({ where: { type: "run.missed" } }));

describe.each([
  ["the dispatcher", queueDueRuns],
  ["the ledger", keepLedger],
])("when %s looks first", (_name, first) => {
  test.each([
    ["time", dailyAt("02:00"), ["12T02:00 scheduled", "13T02:00 scheduled"]],
    ["zone", dailyAt("01:00", "Europe/Berlin"), ["12T01:00 scheduled", "13T01:00 scheduled"]],
  ])("a run that was due before its policy's %s was edited runs", async (_what, schedule, next) => {
    const tenant = await plannedDaily();
    await isAt("11T09:00");
    await edit(tenant, { schedule });
    expect(await runsOf(tenant)).toEqual(["11T01:00 scheduled"]);
    await workersCome(first);
    expect(await runsOf(tenant)).toEqual(["11T01:00 queued", ...next]);
    expect(await eventsOf(tenant)).toEqual([]);
  });

  test("of several, the latest runs and the others were missed, which is told", async () => {
    const tenant = await plannedDaily();
    await isAt("12T09:00");
    await edit(tenant, { schedule: dailyAt("02:00") });
    await workersCome(first);
    expect((await runsOf(tenant)).slice(0, 3)).toEqual(["11T01:00 missed", "12T01:00 queued", "13T02:00 scheduled"]);
    expect((await eventsOf(tenant)).map((event) => event.data)).toMatchObject([{ count: 1, dueAt: "2027-05-11T01:00:00.000Z" }]);
  });

  test("it was missed when the policy does not catch up", async () => {
    const tenant = await plannedDaily({ catchUp: "skip" });
    await isAt("11T09:00");
    await edit(tenant, { schedule: dailyAt("02:00") });
    await workersCome(first);
    expect((await runsOf(tenant)).slice(0, 2)).toEqual(["11T01:00 missed", "12T02:00 scheduled"]);
    expect(await eventsOf(tenant)).toHaveLength(1);
  });

  test("it was missed when the new time has come, too, before a worker has", async () => {
    const tenant = await plannedDaily();
    await isAt("11T09:00");
    await edit(tenant, { schedule: dailyAt("10:00") });
    await isAt("12T11:00");
    await workersCome(first);
    const next = ["13T10:00 scheduled", "14T10:00 scheduled"];
    expect(await runsOf(tenant)).toEqual(["11T01:00 missed", "11T10:00 missed", "12T10:00 queued", ...next]);
  });

  test("what was not due when its policy was edited does not run", async () => {
    const tenant = await plannedDaily();
    await isAt("10T20:00");
    await edit(tenant, { schedule: dailyAt("02:00") });
    expect(await runsOf(tenant)).toEqual([]);
    await isAt("11T09:00");
    await workersCome(first);
    expect(await runsOf(tenant)).toEqual(["11T02:00 queued", "12T02:00 scheduled", "13T02:00 scheduled"]);
    expect(await eventsOf(tenant)).toEqual([]);
  });

  test("a run that was due before its policy was paused was missed, and nothing begins", async () => {
    const tenant = await plannedDaily();
    await isAt("11T09:00");
    await edit(tenant, { enabled: false });
    await isAt("14T09:00");
    await workersCome(first);
    expect(await runsOf(tenant)).toEqual(["11T01:00 missed"]);
    const [run] = await withTenant(tenant.id, (db) => db.run.findMany({ where: { policyId: tenant.policyId, status: "missed" } }));
    expect(run?.failure).toMatchObject({ message: expect.stringContaining("paused") as unknown });
    expect((await eventsOf(tenant)).map((event) => event.data)).toMatchObject([{ count: 1, runId: run?.id }]);
  });

  test("nothing was missed while a policy was paused", async () => {
    const tenant = await plannedDaily();
    await isAt("11T09:00");
    await edit(tenant, { enabled: false });
    await isAt("15T09:00");
    await edit(tenant, { enabled: true });
    await workersCome(first);
    expect(await runsOf(tenant)).toEqual(["11T01:00 queued", "16T01:00 scheduled", "17T01:00 scheduled"]);
    expect(await eventsOf(tenant)).toEqual([]);
  });

  test("what is due goes with its link", async () => {
    const tenant = await plannedDaily();
    await isAt("11T09:00");
    await withTenant(tenant.id, (db) => db.policySystem.deleteMany({ where: { policyId: tenant.policyId } }));
    await workersCome(first);
    expect(await runsOf(tenant)).toEqual([]);
  });
});

test("what is due is cancelled with its policy", async () => {
  const tenant = await plannedDaily();
  await isAt("11T09:00");
  await deletePolicy.execute(tenant.owner, { id: tenant.policyId });
  await workersCome(queueDueRuns);
  const runs = await withTenant(tenant.id, (db) => db.run.findMany({ where: { policyId: tenant.policyId, trigger: "schedule" } }));
  expect(runs.map((run) => run.status)).toEqual(["cancelled", "cancelled"]);
});

test.each([
  ["every day", dailyAt("03:30", "Europe/Berlin")],
  ["every third day", { kind: "interval", everyDays: 3, at: ["03:30"], timeZone: "Europe/Berlin" }],
  ["every seven minutes", { kind: "cron", expression: "*/7 * * * *", timeZone: "UTC" }],
])("a policy that is due %s is due at the same times after it was paused and resumed, and after a rename", async (_name, schedule) => {
  const tenant = await plannedDaily({ name: "Before" });
  await edit(tenant, { schedule });
  await keepLedger();
  const before = await planned(tenant);
  expect(before).toHaveLength(2);
  await edit(tenant, { enabled: false });
  await keepLedger();
  expect(await planned(tenant)).toEqual([]);
  await isAt("10T12:01");
  await edit(tenant, { enabled: true });
  await keepLedger();
  expect(await planned(tenant)).toEqual(before);
  await edit(tenant, { name: "After", schedule });
  expect(await planned(tenant)).toEqual(before);
});
