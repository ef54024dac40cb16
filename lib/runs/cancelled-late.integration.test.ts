import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import type { WorkStop } from "#lib/queue/hold-work.ts";
import { claimRun } from "#lib/runs/claim-run.ts";
import { settleFailure } from "#lib/runs/settle-failure.ts";
import { addRuns, createCrowd } from "#worker/dispatch-fixture.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation({ LOG_LEVEL: "silent" });
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

const failure = { step: "capture", message: "It did not answer.", mend: "Look at it." } as const;

test.each<[string, { trigger: string; stopped: WorkStop | null; settled: string; status: string }]>([
  ["fails and would be tried again", { trigger: "schedule", stopped: null, settled: "again", status: "queued" }],
  ["fails for good", { trigger: "person", stopped: null, settled: "failed", status: "failed" }],
  ["is given back", { trigger: "schedule", stopped: "stopping", settled: "given-back", status: "queued" }],
])("a run that was cancelled right before its attempt %s is cancelled, and nobody is told of a failure", async (_how, asked) => {
  const { trigger, stopped, settled, status } = asked;
  const crowd = await createCrowd(2);
  const ids = await addRuns(crowd, { status: "queued", trigger, dueAt: new Date(), queuedAt: new Date(0) });
  const runs = await Promise.all(ids.map((id) => claimRun(crowd.tenantId, id, "worker_of_test")));
  const [cancelled, other] = runs;
  if (!cancelled || !other) throw new Error("The runs were not to be had.");
  await withTenant(crowd.tenantId, (db) => db.run.updateMany({ where: { id: cancelled.id }, data: { cancelRequestedAt: new Date() } }));
  expect(await settleFailure(cancelled, stopped, failure)).toBe("cancelled");
  expect(await settleFailure(other, stopped, failure)).toBe(settled);
  const read = (id: string) => withTenant(crowd.tenantId, (db) => db.run.findFirst({ where: { id } }));
  expect(await read(cancelled.id)).toMatchObject({ status: "cancelled", failure: null, waitingFor: null, leaseOwner: null });
  expect((await read(cancelled.id))?.finishedAt).not.toBeNull();
  expect(await read(other.id)).toMatchObject({ status });
  const told = await withTenant(crowd.tenantId, (db) => db.event.findMany({ where: { type: "run.failed" } }));
  expect(told.map((event) => event.subjectId)).toEqual(settled === "failed" ? [other.id] : []);
});
