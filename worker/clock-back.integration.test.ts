import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { noteLook } from "#lib/alarms/watch-worker.ts";
import { mendAfterClockWentBack } from "#lib/clock/after-clock-went-back.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { closeBells } from "#lib/queue/enqueue.ts";
import { occurrencesAfter } from "#lib/schedule/due.ts";
import { addRuns, createCrowd, type Crowd } from "#worker/dispatch-fixture.ts";
import { startDispatcher } from "#worker/dispatcher.ts";
import { findRunBells } from "#worker/find-run-bells.ts";
import { keepLedger } from "#worker/ledger.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
/** Twelve hours from now: no time of it comes while the tests run. */
const daily = { kind: "daily", at: new Date(Date.now() + DAY_MS / 2).toISOString().slice(11, 16), timeZone: "UTC" } as const;

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation({ LOG_LEVEL: "silent", HOLDFAST_DISPATCH_SECONDS: "0.3" });
});
beforeEach(noteLook);
afterAll(async () => {
  await closeBells();
  await closeClients();
  await installation.remove();
});

const runsOf = ({ tenantId, policyId }: Crowd) =>
  withTenant(tenantId, (db) => db.run.findMany({ where: { policyId }, orderBy: { dueAt: "asc" } }));
const plannedOf = async (crowd: Crowd) => (await runsOf(crowd)).filter((run) => run.status === "scheduled").map((run) => run.occurrence);

/** The database's clock was so far ahead, and everything of those days was carried out: rows are as they are then, and the clock is right again now. */
async function wasAheadBy(aheadMs: number, crowd: Crowd): Promise<void> {
  const then = new Date(Date.now() + aheadMs);
  const since = occurrencesAfter(daily, new Date(), 60).filter((each) => each.dueAt <= then);
  await withTenant(crowd.tenantId, (db) => db.policySystem.updateMany({ data: { planAt: then } }));
  for (const { occurrence, dueAt } of since) await addRuns(crowd, { status: "completed", dueAt, occurrence });
  for (const { occurrence, dueAt } of occurrencesAfter(daily, then, 2)) await addRuns(crowd, { status: "scheduled", dueAt, occurrence });
  await withTenant(crowd.tenantId, (db) => db.run.updateMany({ where: { status: "completed" }, data: { finishedAt: then } }));
  await acrossTenants("scheduler", (db) => db.installation.updateMany({ data: { lastDispatchAt: then } }));
}

/** As the dispatcher does it at each look. */
async function look(): Promise<void> {
  await mendAfterClockWentBack();
  await noteLook();
  await keepLedger();
}

test("after a clock that was thirty days ahead, each policy goes on by its schedule at once, and a look later nothing has changed", async () => {
  const crowd = await createCrowd(1, { schedule: daily });
  await wasAheadBy(30 * DAY_MS, crowd);
  await keepLedger();
  // Without the mending, nothing is looked at, and all of it is taken.
  expect((await plannedOf(crowd)).length).toBe(2);
  const wanted = occurrencesAfter(daily, new Date(), 2).map((each) => each.occurrence);
  expect(await plannedOf(crowd)).not.toEqual(wanted);
  await look();
  expect(await plannedOf(crowd)).toEqual(wanted);
  const before = await runsOf(crowd);
  expect(before.filter((run) => run.status === "completed").length).toBeGreaterThan(28);
  await look();
  expect(await runsOf(crowd)).toEqual(before);
});

test("after a clock that was half a day ahead, what ran does not run twice", async () => {
  const crowd = await createCrowd(1, { schedule: daily });
  await wasAheadBy(DAY_MS - MINUTE_MS, crowd);
  const ran = (await runsOf(crowd)).filter((run) => run.status === "completed").map((run) => run.occurrence);
  expect(ran).toHaveLength(1);
  await look();
  const after = await runsOf(crowd);
  expect(after.filter((run) => run.occurrence === ran[0]).map((run) => run.status)).toEqual(["completed"]);
  expect(await plannedOf(crowd)).toEqual([occurrencesAfter(daily, new Date(), 2)[1]?.occurrence]);
});

test("what waits for a time of the future that was begins now; what a person cancelled before stays cancelled", async () => {
  const crowd = await createCrowd(2, { schedule: daily });
  const [next] = occurrencesAfter(daily, new Date(), 1);
  if (!next) throw new Error("There is no next time.");
  const [waits] = await addRuns(
    crowd,
    { status: "queued", dueAt: new Date(), queuedAt: new Date(Date.now() + 30 * DAY_MS) },
    crowd.systemIds.slice(0, 1),
  );
  const [gone] = await addRuns(crowd, { status: "cancelled", ...next }, crowd.systemIds.slice(1));
  await withTenant(crowd.tenantId, (db) => db.run.updateMany({ where: { id: gone ?? "" }, data: { finishedAt: new Date() } }));
  await withTenant(crowd.tenantId, (db) => db.member.updateMany({ data: { mailNextAt: new Date(Date.now() + 30 * DAY_MS) } }));
  const rung = async () => (await acrossTenants("scheduler", findRunBells)).map((bell) => bell.payload.runId);
  expect(await rung()).not.toContain(waits);
  await acrossTenants("scheduler", (db) => db.installation.updateMany({ data: { lastDispatchAt: new Date(Date.now() + 30 * DAY_MS) } }));
  await look();
  expect(await rung()).toContain(waits);
  expect(
    await withTenant(crowd.tenantId, (db) => db.member.count({ where: { mailNextAt: { gt: new Date(Date.now() + MINUTE_MS) } } })),
  ).toBe(0);
  expect(
    (await runsOf(crowd))
      .filter((run) => run.occurrence === next.occurrence)
      .map((run) => [run.systemId, run.status])
      .toSorted(),
  ).toEqual(
    [
      [crowd.systemIds[0], "scheduled"],
      [crowd.systemIds[1], "cancelled"],
    ].toSorted(),
  );
});

test("the dispatcher does so at its looks", async () => {
  const crowd = await createCrowd(1, { schedule: daily });
  await wasAheadBy(30 * DAY_MS, crowd);
  const wanted = occurrencesAfter(daily, new Date(), 2).map((each) => each.occurrence);
  const dispatcher = startDispatcher();
  // The test's own limit ends what never comes.
  while (!isDeepStrictEqual(await plannedOf(crowd), wanted)) await delay(50);
  await dispatcher.close();
});
