import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { addRuns, createCrowd, type Crowd, dailyUntil } from "#worker/dispatch-fixture.ts";
import { queueDueRuns } from "#worker/due-runs.ts";
import { keepLedger } from "#worker/ledger.ts";

// What is planned goes with the policy, the system or the link between them, whoever changes those.

let installation: TestInstallation;
let admin: pg.Client;
beforeAll(async () => {
  installation = await createTestInstallation({ LOG_LEVEL: "silent" });
  admin = new pg.Client({ connectionString: installation.database.superuserUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await closeClients();
  await installation.remove();
});

const runsOf = ({ tenantId, policyId }: Crowd) =>
  withTenant(tenantId, (db) => db.run.findMany({ where: { policyId }, orderBy: [{ systemId: "asc" }, { dueAt: "asc" }] }));
const systemsOf = async (crowd: Crowd) => [...new Set((await runsOf(crowd)).map((run) => run.systemId))];

/** Two systems with their planned runs, and a change of the first one that waits for its run. */
async function planned(): Promise<Crowd & { first: string; second: string }> {
  const crowd = await createCrowd(2);
  const [first = "", second = ""] = crowd.systemIds.toSorted();
  await addRuns(crowd, { status: "scheduled", trigger: "change", occurrence: "change", dueAt: new Date(Date.now() + 60_000) }, [first]);
  await keepLedger();
  expect(await runsOf(crowd)).toHaveLength(5);
  return { ...crowd, first, second };
}

const withoutLink = (db: { query: pg.Client["query"] }, { policyId, first }: { policyId: string; first: string }) =>
  db.query("DELETE FROM policy_systems WHERE policy_id = $1 AND system_id = $2", [policyId, first]);

test("what a policy no longer covers is planned no more from that moment on; the rest stays", async () => {
  const [crowd, byHand] = [await planned(), await planned()];
  await withTenant(crowd.tenantId, (db) => db.policySystem.deleteMany({ where: { systemId: crowd.first } }));
  await withoutLink(admin, byHand);
  for (const each of [crowd, byHand]) expect((await runsOf(each)).map((run) => run.systemId)).toEqual([each.second, each.second]);
});

test("a policy that was disabled or deleted has nothing planned after the ledger's next look, and its pending changes wait no more", async () => {
  const [disabled, deleted, other] = [await planned(), await planned(), await planned()];
  await withTenant(disabled.tenantId, (db) => db.policy.updateMany({ where: { id: disabled.policyId }, data: { enabled: false } }));
  await admin.query("UPDATE policies SET deleted_at = now() WHERE id = $1", [deleted.policyId]);
  await keepLedger();
  for (const crowd of [disabled, deleted]) expect(await runsOf(crowd)).toEqual([]);
  expect(await runsOf(other)).toHaveLength(5);
});

test("a system that was deleted has nothing planned after the ledger's next look, and again when it comes back", async () => {
  const crowd = await planned();
  await admin.query("UPDATE systems SET deleted_at = now() WHERE id = $1", [crowd.first]);
  await keepLedger();
  expect(await systemsOf(crowd)).toEqual([crowd.second]);
  await admin.query("UPDATE systems SET deleted_at = NULL WHERE id = $1", [crowd.first]);
  await keepLedger();
  expect(await systemsOf(crowd)).toEqual([crowd.first, crowd.second]);
  expect(await runsOf(crowd)).toHaveLength(4);
});

test("a ledger in the middle of planning leaves nothing of a link that goes meanwhile", async () => {
  const crowd = await createCrowd(300);
  const [first = ""] = crowd.systemIds;
  await Promise.all([keepLedger(), withoutLink(admin, { ...crowd, first }), keepLedger()]);
  await keepLedger();
  expect((await systemsOf(crowd)).toSorted()).toEqual(crowd.systemIds.slice(1).toSorted());
});

test("a planned run that is left without its link, as in a database whose triggers were off, does not run", async () => {
  const { schedule, ...due } = dailyUntil(1, 0);
  const crowd = await createCrowd(2, { schedule });
  await addRuns(crowd, { status: "scheduled", ...due });
  await admin.query("SET session_replication_role = replica");
  await withoutLink(admin, { ...crowd, first: crowd.systemIds[0] ?? "" });
  await admin.query("SET session_replication_role = origin");
  expect(await runsOf(crowd)).toHaveLength(2);
  await queueDueRuns();
  expect((await runsOf(crowd)).map((run) => [run.systemId, run.status])).toEqual([[crowd.systemIds[1], "queued"]]);
});

test("a tenant's transaction deletes planned runs only", async () => {
  const crowd = await createCrowd(1);
  for (const status of ["scheduled", "queued", "running", "completed", "missed"])
    await addRuns(crowd, { status, dueAt: new Date(), occurrence: status });
  await withTenant(crowd.tenantId, (db) => db.run.deleteMany());
  expect((await runsOf(crowd)).map((run) => run.status).toSorted()).toEqual(["completed", "missed", "queued", "running"]);
});
