import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { noteLook } from "#lib/alarms/watch-worker.ts";
import { mendAfterClockWentBack } from "#lib/clock/after-clock-went-back.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { occurrencesAfter } from "#lib/schedule/due.ts";
import { setClockBy, setClockTo } from "#worker/clock-fixture.ts";
import { createCrowd, type Crowd } from "#worker/dispatch-fixture.ts";
import { queueDueRuns } from "#worker/due-runs.ts";
import { keepLedger } from "#worker/ledger.ts";

const HALF_HOUR_MS = 1_800_000;
const hourly = { kind: "cron", expression: "0 * * * *", timeZone: "Europe/Berlin" } as const;
const daily = { kind: "daily", at: "02:30", timeZone: "Europe/Berlin" } as const;

let installation: TestInstallation;
let admin: pg.Client;
beforeAll(async () => {
  installation = await createTestInstallation({ LOG_LEVEL: "silent" });
  admin = new pg.Client({ connectionString: installation.database.superuserUrl });
  await admin.connect();
});
// To another year and back is no jump of the clock that anything here is about.
beforeEach(() => acrossTenants("scheduler", (db) => db.installation.updateMany({ data: { lastDispatchAt: null } })));
afterEach(() => setClockBy(admin, null));
afterAll(async () => {
  await admin.end();
  await closeClients();
  await installation.remove();
});

/** What two workers do, at each half hour from one time to the other. */
async function workFrom(first: string, last: string): Promise<void> {
  for (let atMs = Date.parse(first); atMs <= Date.parse(last); atMs += HALF_HOUR_MS) {
    await setClockTo(admin, new Date(atMs).toISOString());
    await mendAfterClockWentBack();
    await noteLook();
    await Promise.all([keepLedger(), queueDueRuns(), keepLedger(), queueDueRuns()]);
  }
}

/** One system, planned from that time on. */
async function crowdSince(since: string, schedule: object): Promise<Crowd> {
  const crowd = await createCrowd(1, { schedule });
  await withTenant(crowd.tenantId, (db) => db.policySystem.updateMany({ data: { planAt: since } }));
  return crowd;
}

const runsOf = async ({ tenantId, policyId }: Crowd, status: object) => {
  const runs = await withTenant(tenantId, (db) => db.run.findMany({ where: { policyId, ...status }, orderBy: { dueAt: "asc" } }));
  return runs.map(({ occurrence, dueAt, status: state }) => ({ occurrence, dueAt, state }));
};

/** Each intended time has one run that has been queued, and the next two are planned; there is nothing else. */
async function expectRunsAt(crowd: Crowd, schedule: typeof hourly | typeof daily, times: string[]): Promise<void> {
  const begun = await runsOf(crowd, { status: { not: "scheduled" } });
  expect(begun.map(({ dueAt, state }) => `${dueAt.toISOString().slice(5, 16)} ${state}`)).toEqual(times.map((time) => `${time} queued`));
  const start = new Date((begun[0]?.dueAt.getTime() ?? 0) - 1);
  const intended = occurrencesAfter(schedule, start, times.length + 2);
  const planned = await runsOf(crowd, { status: "scheduled" });
  expect([...begun, ...planned].map(({ occurrence, dueAt }) => ({ occurrence, dueAt }))).toEqual(intended);
}

test("while the clocks go forward, each hour and the night's run that has no time of its own run once", async () => {
  const since = "2027-03-27T22:15:00Z";
  const [hours, nights] = [await crowdSince(since, hourly), await crowdSince(since, daily)];
  await workFrom(since, "2027-03-28T04:15:00Z");
  await expectRunsAt(hours, hourly, ["03-27T23:00", "03-28T00:00", "03-28T01:00", "03-28T02:00", "03-28T03:00", "03-28T04:00"]);
  await expectRunsAt(nights, daily, ["03-28T01:00"]);
});

test("while the clocks go back, what they show twice runs once", async () => {
  const since = "2027-10-30T22:15:00Z";
  const [hours, nights] = [await crowdSince(since, hourly), await crowdSince(since, daily)];
  await workFrom(since, "2027-10-31T04:15:00Z");
  await expectRunsAt(hours, hourly, ["10-30T23:00", "10-31T00:00", "10-31T02:00", "10-31T03:00", "10-31T04:00"]);
  await expectRunsAt(nights, daily, ["10-31T00:30"]);
});

test("nor does anything run twice when the database's own clock is put back by that hour", async () => {
  const since = "2027-10-30T22:15:00Z";
  const [hours, nights] = [await crowdSince(since, hourly), await crowdSince(since, daily)];
  await workFrom(since, "2027-10-31T00:45:00Z");
  await workFrom("2027-10-30T23:45:00Z", "2027-10-31T04:15:00Z");
  await expectRunsAt(hours, hourly, ["10-30T23:00", "10-31T00:00", "10-31T02:00", "10-31T03:00", "10-31T04:00"]);
  await expectRunsAt(nights, daily, ["10-31T00:30"]);
});
