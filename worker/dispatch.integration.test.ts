import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { notifyChange } from "#lib/db/changes.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { forgetEnv } from "#lib/env.ts";
import { openJobWorker } from "#lib/queue/backend.ts";
import { closeBells, ringBells } from "#lib/queue/enqueue.ts";
import { jobs } from "#lib/queue/jobs.ts";
import { claimRun } from "#lib/runs/claim-run.ts";
import { addRuns, createCrowd, type Crowd } from "#worker/dispatch-fixture.ts";
import { startDispatcher } from "#worker/dispatcher.ts";
import { findRunBells } from "#worker/find-run-bells.ts";
import { sayHeldBack } from "#worker/say-held-back.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation({ LOG_LEVEL: "silent", HOLDFAST_DISPATCH_SECONDS: "30", WORKER_CONCURRENCY: "5" });
});
afterEach(async () => {
  set({ HOLDFAST_TENANT_RUNS: undefined, HOLDFAST_DESTINATION_RUNS: undefined });
  // What one test left waiting must not be rung for in the next.
  for (const { tenantId } of crowds.splice(0))
    await withTenant(tenantId, (db) =>
      db.run.updateMany({ where: { status: { in: ["scheduled", "queued", "running"] } }, data: { status: "cancelled" } }),
    );
});
afterAll(async () => {
  await closeBells();
  await closeClients();
  await installation.remove();
});

const crowds: Crowd[] = [];
const crowdOf = async (...given: Parameters<typeof createCrowd>) => {
  const crowd = await createCrowd(...given);
  crowds.push(crowd);
  return crowd;
};
const past = (seconds: number) => new Date(Date.now() - seconds * 1000);
const rung = async () => (await acrossTenants("scheduler", findRunBells)).map((bell) => bell.payload.runId);
const claim = ({ tenantId }: Crowd, runId: string) => claimRun(tenantId, runId, "worker_of_test");
const end = ({ tenantId }: Pick<Crowd, "tenantId">, id: string) =>
  withTenant(tenantId, async (db) => {
    await db.run.updateMany({ where: { id }, data: { status: "completed", leaseOwner: null } });
    await notifyChange(db, { tenantId, kinds: ["due"] });
  });

function set(variables: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  forgetEnv();
}

test("two dispatchers and 200 due runs: each begins once, none is lost, and no tick is waited for", async () => {
  const dueAt = new Date(Math.floor(Date.now() / 60_000) * 60_000);
  const crowd = await crowdOf(200, { schedule: { kind: "daily", at: dueAt.toISOString().slice(11, 16), timeZone: "UTC" } });
  await addRuns(crowd, { status: "scheduled", dueAt, occurrence: minuteOf(dueAt) });
  const begun: string[] = [];
  const workers = ["one", "two"].map((workerId) =>
    openJobWorker("runs", 4, async (_name, payload) => {
      const { tenantId, runId } = jobs.run.payload.parse(payload);
      const run = await claimRun(tenantId, runId, workerId);
      if (!run) return;
      begun.push(runId);
      await end(run, runId);
    }),
  );
  const dispatchers = [startDispatcher(), startDispatcher()];
  await until(async () => (await count(crowd, "completed")) === 200);
  await Promise.all([...dispatchers, ...workers].map((each) => each.close()));
  expect(begun).toHaveLength(200);
  expect(new Set(begun).size).toBe(200);
  const rows = await withTenant(crowd.tenantId, (db) => db.run.findMany({ where: { status: "completed" } }));
  expect(rows.every((row) => row.attempt === 1)).toBe(true);
});

test("the small tenant's run is among the first, however many the big one has and since when they wait", async () => {
  const [big, small] = [await crowdOf(300), await crowdOf(1)];
  await addRuns(big, { status: "queued", dueAt: past(600), queuedAt: past(600) });
  const [late] = await addRuns(small, { status: "queued", dueAt: past(1), queuedAt: past(1) });
  const bells = await rung();
  expect(bells.length).toBeLessThanOrEqual(8);
  expect(bells.slice(0, 2)).toContain(late);
});

test("while another tenant waits, long runs never take all slots, though bells were rung for them before", async () => {
  const big = await crowdOf(12);
  await addRuns(big, { status: "queued", dueAt: past(600), queuedAt: past(600) });
  const bells = await rung();
  const begun = [];
  for (const id of bells.slice(0, 4)) begun.push(await claim(big, id));
  expect(begun.every((run) => run !== null)).toBe(true);
  const small = await crowdOf(1);
  const [late] = await addRuns(small, { status: "queued", dueAt: past(1), queuedAt: past(1) });
  expect(await rung()).toEqual([late]);
  await end(big, bells[0] ?? "");
  for (const id of bells.slice(4)) expect(await claim(big, id)).toBeNull();
  expect(new Set(await sentences(big))).toEqual(new Set([null, "Its turn: a place is kept free for others who wait."]));
  expect(await claim(small, late ?? "")).not.toBeNull();
  await end(big, bells[1] ?? "");
  expect(await claim(big, bells[4] ?? "")).not.toBeNull();
});

test("an edit of a policy's attempts reaches its planned runs until they begin", async () => {
  const crowd = await crowdOf(2);
  const [first, second] = await addRuns(crowd, { status: "queued", dueAt: past(60), queuedAt: past(60) });
  await claim(crowd, first ?? "");
  await withTenant(crowd.tenantId, (db) => db.policy.updateMany({ where: { id: crowd.policyId }, data: { attempts: 7 } }));
  expect(await claim(crowd, second ?? "")).toMatchObject({ attempt: 1, attempts: 7 });
  const rows = await withTenant(crowd.tenantId, (db) => db.run.findMany({ where: { attempts: 7 } }));
  expect(rows.map((row) => row.id)).toEqual([second]);
});

test("tenants take turns: who was served goes behind who was not, who has more under way behind who has less", async () => {
  const all = [await crowdOf(6), await crowdOf(6), await crowdOf(6)];
  for (const [index, crowd] of all.entries()) await addRuns(crowd, { status: "queued", dueAt: past(600), queuedAt: past(600 - index) });
  const order: number[] = [];
  for (let taken = 0; taken < 9; taken += 1) {
    const bell = (await acrossTenants("scheduler", findRunBells))[0];
    if (!bell) break;
    const { tenantId, runId } = bell.payload;
    const run = await claimRun(tenantId, runId, "worker_of_test");
    order.push(all.findIndex((crowd) => crowd.tenantId === tenantId));
    // The first one's runs are long: it keeps what it has, the others' end at once.
    if (run && tenantId !== all[0]?.tenantId) await end(run, runId);
  }
  expect(order).toEqual([0, 1, 2, 1, 2, 1, 2, 1, 2]);
});

test("only as many are rung for as can be taken soon; what could not begin is not among them", async () => {
  set({ HOLDFAST_TENANT_RUNS: "5" });
  const crowd = await crowdOf(50);
  const ids = await addRuns(crowd, { status: "queued", dueAt: past(60), queuedAt: past(60) });
  const again = await addRuns(crowd, { status: "queued", dueAt: past(90), queuedAt: past(90) }, crowd.systemIds.slice(0, 1));
  expect((await rung()).length).toBe(5);
  expect(await claim(crowd, again[0] ?? "")).not.toBeNull();
  const bells = await rung();
  expect(bells).toHaveLength(4);
  expect(bells).not.toContain(ids[0]);
  await acrossTenants("scheduler", sayHeldBack);
  const held = await withTenant(crowd.tenantId, (db) => db.run.findMany({ where: { status: "queued", waitingFor: { not: null } } }));
  expect(held.map((run) => [run.id, run.waitingFor])).toEqual([[ids[0], "Another run of this system is under way."]]);
});

test("however many claim at once, no limit of a tenant, a destination or a system is passed, and the rows say what they wait for", async () => {
  set({ HOLDFAST_TENANT_RUNS: "4", HOLDFAST_DESTINATION_RUNS: "3" });
  const crowd = await crowdOf(12);
  const ids = await addRuns(crowd, { status: "queued", dueAt: past(60), queuedAt: past(60) });
  const claims = await Promise.all(ids.map((id) => claim(crowd, id)));
  expect(claims.filter((run) => run !== null)).toHaveLength(3);
  expect(await sentences(crowd)).toEqual(["One of its destinations takes part in 3 runs already, as many as may be under way at once."]);

  set({ HOLDFAST_DESTINATION_RUNS: "100" });
  await Promise.all(ids.map((id) => claim(crowd, id)));
  expect(await count(crowd, "running")).toBe(4);
  expect(await sentences(crowd)).toContain("4 runs are under way already, as many as may be at once.");

  set({ HOLDFAST_TENANT_RUNS: "100" });
  const twins = (
    await Promise.all([1, 2, 3].map(() => addRuns(crowd, { status: "queued", dueAt: past(1) }, crowd.systemIds.slice(-1))))
  ).flat();
  await Promise.all([...twins, ...ids].map((id) => claim(crowd, id)));
  expect(await count(crowd, "running")).toBe(12);
  expect(await count(crowd, "queued")).toBe(3);
  expect(await sentences(crowd)).toEqual(["Another run of this system is under way."]);
});

test("a person who waits goes first, before older runs and in the queue; a flood of such runs takes turns with the others", async () => {
  const [crowd, other] = [await crowdOf(20), await crowdOf(20)];
  await addRuns(crowd, { status: "queued", dueAt: past(600), queuedAt: past(600) });
  const asked = await addRuns(other, { status: "queued", trigger: "person", dueAt: past(1), queuedAt: past(1) });
  const bells = await acrossTenants("scheduler", findRunBells);
  expect(bells.slice(0, 3).map((bell) => [bell.payload.tenantId, bell.priority])).toEqual(Array(3).fill([other.tenantId, undefined]));
  expect(bells.slice(3).some((bell) => bell.payload.tenantId === crowd.tenantId)).toBe(true);
  expect(bells.filter((bell) => asked.includes(bell.payload.runId)).length).toBeLessThan(bells.length - 2);

  await ringBells(bells.toReversed());
  const order: string[] = [];
  const worker = openJobWorker("runs", 1, (_name, payload) => {
    order.push(jobs.run.payload.parse(payload).runId);
    return Promise.resolve();
  });
  await until(() => Promise.resolve(order.length === bells.length));
  await worker.close();
  expect(new Set(order.slice(0, 3))).toEqual(new Set(bells.slice(0, 3).map((bell) => bell.payload.runId)));
});

async function sentences({ tenantId }: Crowd): Promise<(string | null)[]> {
  const rows = await withTenant(tenantId, (db) => db.run.findMany({ where: { status: "queued" }, distinct: ["waitingFor"] }));
  return rows.map((row) => row.waitingFor);
}

async function count({ tenantId }: Crowd, status: string): Promise<number> {
  return withTenant(tenantId, (db) => db.run.count({ where: { status } }));
}

function minuteOf(date: Date): string {
  return `${date.toISOString().slice(0, 16)}[UTC]`;
}

/** The test's own limit ends what never comes. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(50);
}
