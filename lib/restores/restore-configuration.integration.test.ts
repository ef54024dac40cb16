import { afterAll, beforeAll, expect, test } from "vitest";
import { startDownload } from "#lib/backups/downloads/start-download.ts";
import type { Context } from "#lib/auth/context.ts";
import { findLiveSession } from "#lib/auth/sessions.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { changeRole } from "#lib/members/change-role.ts";
import { newId } from "#lib/ids.ts";
import type { ActiveWorker } from "#lib/queue/jobs.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { cancelRestore } from "#lib/restores/cancel-restore.ts";
import { executeRestore } from "#lib/restores/execute-restore.ts";
import { getRestore } from "#lib/restores/get-restore.ts";
import { listRestores } from "#lib/restores/list-restores.ts";
import { planRestore } from "#lib/restores/plan-restore.ts";
import { executeRestoreJob, planRestoreJob } from "#lib/restores/run-restore.ts";
import { takeSafetyBackup } from "#lib/runs/take-safety-backup.ts";
import { createTestTenant, TEST_PASSWORD, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
let tenant: TestTenant;
let operator: Context;
let worker: ActiveWorker;
let systemId: string;
let backupId: string;

beforeAll(async () => {
  installation = await createTestInstallation();
  tenant = await createTestTenant();
  operator = await tenant.addMember("operator");
  const { identity, recipient } = generateIdentity();
  const { signal } = new AbortController();
  worker = { id: newId("worker"), identity, signal, lastSignal: signal };
  await acrossTenants("scheduler", (db) => db.worker.createMany({ data: [{ id: worker.id, recipient }] }));
  systemId = (await withTenant(tenant.id, (db) => db.system.findFirstOrThrow({ where: { kind: "tenant-configuration" } }))).id;
  backupId = await takeSafetyBackup({ tenantId: tenant.id, systemId, requestedBy: "the test", worker });
}, 120_000);
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

test("members, settings and keys are an owner's to restore", async () => {
  const admin = await tenant.addMember("admin");
  await expect(planRestore.execute(admin, { backupId, targetSystemId: systemId })).rejects.toMatchObject({
    code: "forbidden",
    message: expect.stringContaining("Ask an owner") as string,
  });
  await withTenant(tenant.id, (db) => db.member.deleteMany({ where: { id: admin.actor.memberId } }));
});

test("what a plan says of members is not for everybody, nor is the archive", async () => {
  const { id } = await planRestore.execute(tenant.owner, { backupId, targetSystemId: systemId });
  await withTenant(tenant.id, (db) => db.member.updateMany({ where: { id: operator.actor.memberId }, data: { role: "viewer" } }));
  await planRestoreJob({ tenantId: tenant.id, restoreId: id, worker });
  expect(JSON.stringify(await getRestore.execute(tenant.owner, { id }))).toContain(operator.actor.email);
  for (const seen of [await getRestore.execute(operator, { id }), await listRestores.execute(operator, {})])
    expect(JSON.stringify(seen)).not.toContain(operator.actor.email);
  await cancelRestore.execute(tenant.owner, { id });
  await withTenant(tenant.id, (db) => db.member.updateMany({ where: { id: operator.actor.memberId }, data: { role: "operator" } }));

  const [restorer, admin] = [await tenant.addMember("restorer"), await tenant.addMember("admin")];
  const wanted = { id: backupId, password: TEST_PASSWORD };
  await expect(startDownload.execute(restorer, wanted)).rejects.toMatchObject({ code: "forbidden" });
  expect(await startDownload.execute(admin, wanted)).toMatchObject({ url: expect.any(String) as string });
  await withTenant(tenant.id, (db) => db.member.deleteMany({ where: { id: { in: [restorer.actor.memberId, admin.actor.memberId] } } }));
});

test("a confirmed restore is not carried out for somebody who may no longer", async () => {
  const second = await tenant.addMember("owner");
  await withTenant(tenant.id, (db) => db.policy.updateMany({ data: { enabled: false } }));
  const { id } = await planRestore.execute(second, { backupId, targetSystemId: systemId });
  const job = { tenantId: tenant.id, restoreId: id, worker };
  await planRestoreJob(job);
  const { plan } = await getRestore.execute(second, { id });
  await executeRestore.execute(second, { id, planHash: plan?.hash, password: TEST_PASSWORD });
  await changeRole.execute(tenant.owner, { id: second.actor.memberId, role: "admin" });
  await executeRestoreJob(job);
  const done = await getRestore.execute(tenant.owner, { id });
  expect(done).toMatchObject({
    status: "failed",
    safetyBackupId: null,
    failure: { message: expect.stringContaining("no longer") as string },
  });
  expect(await withTenant(tenant.id, (db) => db.policy.count({ where: { enabled: true } }))).toBe(0);
  await withTenant(tenant.id, async (db) => {
    await db.policy.updateMany({ data: { enabled: true } });
    await db.member.deleteMany({ where: { id: second.actor.memberId } });
  });
});

test("roles and policies are as they were, everybody is signed out, and the report is there", async () => {
  await withTenant(tenant.id, async (db) => {
    await db.member.updateMany({ where: { id: operator.actor.memberId }, data: { role: "owner" } });
    await db.policy.updateMany({ data: { enabled: false } });
  });
  const { id } = await planRestore.execute(tenant.owner, { backupId, targetSystemId: systemId });
  const job = { tenantId: tenant.id, restoreId: id, worker };
  await planRestoreJob(job);
  const { plan, failure } = await getRestore.execute(tenant.owner, { id });
  expect(failure).toBeNull();
  expect(plan?.changes.map(({ part, action }) => `${part}: ${action}`)).toEqual(["Members: change", "Policies: change"]);
  expect(plan?.effects).toContain("You will be signed out: all sessions of this tenant's members end.");
  await executeRestore.execute(tenant.owner, { id, planHash: plan?.hash, password: TEST_PASSWORD });
  await executeRestoreJob(job);

  const done = await getRestore.execute(tenant.owner, { id });
  expect(done).toMatchObject({ status: "completed", failure: null, report: { outcome: "completed", problems: [] } });
  expect(done.safetyBackupId).not.toBeNull();
  const roles = await withTenant(tenant.id, (db) => db.member.findMany({ select: { id: true, role: true }, orderBy: { id: "asc" } }));
  expect(roles).toEqual([
    { id: tenant.owner.actor.memberId, role: "owner" },
    { id: operator.actor.memberId, role: "operator" },
  ]);
  expect(await withTenant(tenant.id, (db) => db.policy.count({ where: { enabled: true } }))).toBe(1);
  for (const { actor } of [tenant.owner, operator]) expect(await findLiveSession({ sessionId: actor.sessionId, version: 1 })).toBeNull();
  const audit = await withTenant(tenant.id, (db) => db.auditEvent.findMany({ orderBy: { sequence: "asc" } }));
  expect(audit.slice(-2).map((event) => [event.action, event.actorLabel])).toEqual([
    ["configuration.restored", tenant.owner.actor.email],
    ["restore.completed", tenant.owner.actor.email],
  ]);
});
