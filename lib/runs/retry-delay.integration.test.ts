import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { type ClaimedRun, claimRun } from "#lib/runs/claim-run.ts";
import { settleFailure } from "#lib/runs/settle-failure.ts";
import { addRuns, createCrowd } from "#worker/dispatch-fixture.ts";
import { findRunBells } from "#worker/find-run-bells.ts";
import { createReaper } from "#worker/reaper.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation({ LOG_LEVEL: "silent" });
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

const failure = { step: "capture", message: "It did not answer.", mend: "Look at it." } as const;

/** Its worker is not heard of for longer than a lease lasts, by the reaper's own clock. */
async function reaped(): Promise<void> {
  let nowMs = 0;
  const reap = createReaper(() => nowMs);
  await reap();
  // What passes between two looks counts for half a lease at most.
  for (let look = 0; look < 2; look++) {
    nowMs += 31_000;
    await reap();
  }
}

async function databaseMs(): Promise<number> {
  const [row] = await acrossTenants("scheduler", (db) => db.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`);
  return row?.now.getTime() ?? 0;
}

test.each<[string, (run: ClaimedRun) => Promise<unknown>]>([
  ["failed", (run) => settleFailure(run, null, failure)],
  ["died with its worker", reaped],
])("after an attempt that %s, the next one lies ahead, and each further one longer; until then nobody rings for it", async (_how, end) => {
  const crowd = await createCrowd(1);
  const [id = ""] = await addRuns(crowd, { status: "queued", dueAt: new Date(), queuedAt: new Date(0) });
  const ofRun = { where: { id } };
  await withTenant(crowd.tenantId, (db) => db.policy.updateMany({ where: { id: crowd.policyId }, data: { attempts: 7 } }));
  const rung = async () => (await acrossTenants("scheduler", findRunBells)).some((bell) => bell.payload.runId === id);
  for (const [index, seconds] of [30, 120, 480, 1920, 3600, 3600].entries()) {
    expect(await rung()).toBe(true);
    const run = await claimRun(crowd.tenantId, id, "worker_of_test");
    if (!run) throw new Error("The run was not to be had.");
    const before = await databaseMs();
    await end(run);
    const after = await databaseMs();
    const row = await withTenant(crowd.tenantId, (db) => db.run.findFirstOrThrow(ofRun));
    expect(row).toMatchObject({ status: "queued", attempt: index + 1, waitingFor: `The next attempt, number ${index + 2} of 7.` });
    const pauseBeganMs = (row.queuedAt?.getTime() ?? 0) - seconds * 1000;
    // The column keeps whole milliseconds.
    expect(pauseBeganMs).toBeGreaterThanOrEqual(before - 1);
    expect(pauseBeganMs).toBeLessThanOrEqual(after + 1);
    expect(await rung()).toBe(false);
    await withTenant(crowd.tenantId, (db) => db.run.updateMany({ ...ofRun, data: { queuedAt: new Date(0) } }));
  }
  const last = await claimRun(crowd.tenantId, id, "worker_of_test");
  if (!last) throw new Error("The run was not to be had.");
  await end(last);
  expect(await withTenant(crowd.tenantId, (db) => db.run.findFirst(ofRun))).toMatchObject({ status: "failed", attempt: 7 });
});
