import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { localRootsOf, workFolder } from "#lib/installation.ts";
import { setCurrentKey } from "#lib/keys/set-current-key.ts";
import type { ActiveWorker } from "#lib/queue/jobs.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { cancelRestore } from "#lib/restores/cancel-restore.ts";
import { executeRestore } from "#lib/restores/execute-restore.ts";
import { failAbandonedRestore } from "#lib/restores/fail-abandoned-restore.ts";
import { archivePathOf } from "#lib/restores/fetch-archive.ts";
import { giveFileKey, takeFileKey } from "#lib/keys/file-key-grant.ts";
import { getRestore } from "#lib/restores/get-restore.ts";
import { planRestore } from "#lib/restores/plan-restore.ts";
import { executeRestoreJob, planRestoreJob } from "#lib/restores/run-restore.ts";
import { takeSafetyBackup } from "#lib/runs/take-safety-backup.ts";
import { createSystem } from "#lib/systems/create-system.ts";
import { createTestTenant, TEST_PASSWORD, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

const PASSPHRASE = "violet-hammer-orbit-lantern-squid";

let installation: TestInstallation;
let sshd: Sshd;
let admin: pg.Client;
let tenant: TestTenant;
let worker: ActiveWorker;
let systemId: string;
let backupId: string;

beforeAll(async () => {
  [installation, sshd] = await Promise.all([createTestInstallation(), startSshd()]);
  admin = new pg.Client({ connectionString: installation.database.superuserUrl });
  await admin.connect();
  tenant = await createTestTenant();
  await setCurrentKey.execute(tenant.owner, { mode: "passphrase", passphrase: PASSPHRASE });
  const { host, port, user, privateKey, hostKeyFingerprint, root } = sshd;
  const config = { host, port, user, privateKey, hostKey: `ssh-ed25519 ${hostKeyFingerprint}`, path: root };
  resetFolder();
  systemId = (await createSystem.execute(tenant.owner, { name: "Router / cellar", kind: "folder", config })).id;
  worker = await startWorker();
  backupId = await backUp();
}, 120_000);
afterAll(async () => {
  await sshd.stop();
  await admin.end();
  await closeClients();
  await installation.remove();
});
beforeEach(async () => {
  resetFolder();
  // The worker of these tests is this process, which says that it lives between tests only.
  await admin.query("UPDATE workers SET heartbeat_at = clock_timestamp()");
});

function resetFolder(): void {
  for (const name of readdirSync(sshd.root)) rmSync(join(sshd.root, name), { recursive: true });
  mkdirSync(join(sshd.root, "etc"));
  writeFileSync(join(sshd.root, "etc/app.conf"), "port = 1\n");
}

async function startWorker(): Promise<ActiveWorker> {
  const { identity, recipient } = generateIdentity();
  const id = newId("worker");
  await acrossTenants("scheduler", (db) => db.worker.createMany({ data: [{ id, recipient }] }));
  const { signal } = new AbortController();
  return { id, identity, signal, lastSignal: signal };
}

function backUp(): Promise<string> {
  return takeSafetyBackup({ tenantId: tenant.id, systemId, requestedBy: "the test", worker });
}

const live = () => readFileSync(join(sshd.root, "etc/app.conf"), "utf8");
const setLive = (text: string) => writeFileSync(join(sshd.root, "etc/app.conf"), text);
const request = (more: object = {}) =>
  planRestore.execute(tenant.owner, { backupId, targetSystemId: systemId, passphrase: PASSPHRASE, ...more });
const restoresOf = () => withTenant(tenant.id, (db) => db.restore.count());
const jobOf = (restoreId: string) => ({ tenantId: tenant.id, restoreId, worker });
const read = (id: string) => getRestore.execute(tenant.owner, { id });

async function planned(more: object = {}) {
  const { id } = await request(more);
  await planRestoreJob(jobOf(id));
  return read(id);
}

async function confirm(restore: Awaited<ReturnType<typeof planned>>, more: object = {}) {
  const input = { id: restore.id, planHash: restore.plan?.hash, passphrase: PASSPHRASE, password: TEST_PASSWORD, ...more };
  return executeRestore.execute(tenant.owner, input);
}

async function archiveFileOf(id: string): Promise<string> {
  const copy = await withTenant(tenant.id, (db) => db.backupCopy.findFirstOrThrow({ where: { backupId: id } }));
  return join(localRootsOf(tenant.id)[0] ?? "", copy.objectKey);
}

describe("asking for a restore", () => {
  test("a wrong passphrase is refused at once, and nothing is planned", async () => {
    const before = await restoresOf();
    await expect(request({ passphrase: "another long passphrase" })).rejects.toMatchObject({
      code: "wrong-passphrase",
      errors: [{ path: "passphrase" }],
    });
    await expect(request({ passphrase: undefined })).rejects.toMatchObject({ code: "passphrase-needed" });
    expect(await restoresOf()).toBe(before);
  });

  test("an operator may not, and another tenant's backup does not exist", async () => {
    const operator = await tenant.addMember("operator");
    await expect(planRestore.execute(operator, { backupId, targetSystemId: systemId })).rejects.toMatchObject({ code: "forbidden" });
    const { owner } = await createTestTenant();
    await expect(planRestore.execute(owner, { backupId, targetSystemId: systemId, passphrase: PASSPHRASE })).rejects.toMatchObject({
      code: "not-found",
    });
  });

  test("only into a system of the same kind", async () => {
    const own = await withTenant(tenant.id, (db) => db.system.findFirstOrThrow({ where: { kind: "tenant-configuration" } }));
    await expect(request({ targetSystemId: own.id })).rejects.toMatchObject({ code: "other-kind", errors: [{ path: "targetSystemId" }] });
  });

  test.each([
    ["format_version = 2", "newer-format", /archive format 2/],
    ["product_version = '99.0.0'", "newer-product-version", /Holdfast 99\.0\.0/],
    ["status = 'trashed'", "not-restorable", /in the trash/],
  ])("refuses a backup with %s", async (change, code, message) => {
    await admin.query("CREATE TEMP TABLE kept AS SELECT * FROM backups WHERE id = $1", [backupId]);
    await admin.query(`UPDATE backups SET ${change} WHERE id = $1`, [backupId]);
    try {
      const failure = request();
      await expect(failure).rejects.toMatchObject({ code });
      await expect(failure).rejects.toThrow(message);
    } finally {
      await admin.query(
        "UPDATE backups SET format_version = kept.format_version, product_version = kept.product_version, status = kept.status FROM kept WHERE backups.id = kept.id",
      );
      await admin.query("DROP TABLE kept");
    }
  });

  test("without a worker it says so", async () => {
    await admin.query("UPDATE workers SET heartbeat_at = heartbeat_at - interval '1 hour'");
    try {
      await expect(request()).rejects.toMatchObject({ code: "no-worker" });
    } finally {
      await admin.query("UPDATE workers SET heartbeat_at = clock_timestamp()");
    }
  });
});

describe("a restore that is carried out", () => {
  test("goes from the plan in words to the report, over a safety backup", async () => {
    setLive("port = 2\n");
    const plan = await planned();
    expect(plan).toMatchObject({ status: "planned", failure: null, plan: { blockers: [], changes: [{ action: "change" }] } });
    expect(live()).toBe("port = 2\n");
    const approved = await confirm(plan);
    expect(approved).toMatchObject({ status: "approved", executedBy: tenant.owner.actor.email });
    await executeRestoreJob(jobOf(plan.id));
    const done = await read(plan.id);
    expect(done).toMatchObject({ status: "completed", failure: null, report: { outcome: "completed", problems: [] } });
    expect(live()).toBe("port = 1\n");
    const safety = await withTenant(tenant.id, (db) => db.backup.findFirstOrThrow({ where: { id: done.safetyBackupId ?? "" } }));
    expect(safety).toMatchObject({ systemId, status: "completed", trigger: "safety" });
    const restored = await withTenant(tenant.id, (db) => db.backup.findUniqueOrThrow({ where: { id: backupId } }));
    expect(restored.proven).toBe("restored");
    const audit = await withTenant(tenant.id, (db) =>
      db.auditEvent.findMany({ where: { subjectId: plan.id }, orderBy: { sequence: "asc" } }),
    );
    expect(audit.map((event) => event.action)).toEqual(["restore.requested", "restore.approved", "restore.completed"]);
    expect(audit.map((event) => event.actorLabel)).toEqual(Array(3).fill(tenant.owner.actor.email));
    expect(readdirSync(workFolder()).filter((name) => name.startsWith("restore-"))).toEqual([]);
    await expect(confirm(done)).rejects.toMatchObject({ code: "not-planned" });
  });

  test("is refused without the login password, the passphrase, or the plan that was read", async () => {
    setLive("port = 2\n");
    const plan = await planned();
    await expect(confirm(plan, { password: "not it" })).rejects.toMatchObject({ code: "wrong-password" });
    await expect(confirm(plan, { passphrase: "another long passphrase" })).rejects.toMatchObject({ code: "wrong-passphrase" });
    await expect(confirm(plan, { planHash: "0".repeat(64) })).rejects.toMatchObject({ code: "other-plan" });
    await admin.query("UPDATE restores SET planned_at = planned_at - interval '61 minutes' WHERE id = $1", [plan.id]);
    expect((await read(plan.id)).status).toBe("expired");
    await expect(confirm(plan)).rejects.toMatchObject({ code: "plan-expired" });
    await executeRestoreJob(jobOf(plan.id));
    expect(live()).toBe("port = 2\n");
  });

  test("fails before it changes anything when the system moved since the plan", async () => {
    setLive("port = 2\n");
    const plan = await planned();
    setLive("port = 3\n");
    await confirm(plan);
    await executeRestoreJob(jobOf(plan.id));
    expect(await read(plan.id)).toMatchObject({ status: "failed", safetyBackupId: null, failure: { step: "plan" } });
    expect((await read(plan.id)).failure?.message).toContain("has changed since the plan was made");
    expect(live()).toBe("port = 3\n");
  });

  test("is given up by cancelling, and then a worker leaves it alone", async () => {
    setLive("port = 2\n");
    const plan = await planned();
    await confirm(plan);
    expect(await cancelRestore.execute(tenant.owner, { id: plan.id })).toMatchObject({ status: "cancelled" });
    await executeRestoreJob(jobOf(plan.id));
    expect(await read(plan.id)).toMatchObject({ status: "cancelled" });
    expect(live()).toBe("port = 2\n");
    expect(await withTenant(tenant.id, (db) => db.fileKeyGrant.count({ where: { subjectId: plan.id } }))).toBe(0);
    await expect(cancelRestore.execute(tenant.owner, { id: plan.id })).rejects.toMatchObject({ code: "too-late" });
  });
});

describe("an archive that is not the recorded one", () => {
  let otherId: string;
  beforeAll(async () => {
    setLive("port = 9\n");
    otherId = await backUp();
  });

  test.each([
    ["with one changed byte", async (file: string) => flipByte(file)],
    ["that was swapped for another backup's", async (file: string) => copyFileSync(await archiveFileOf(backupId), file)],
    ["with more behind it", async (file: string) => writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from("x")]))],
  ])("%s is refused, and the copy is marked", async (_what, harm) => {
    const file = await archiveFileOf(otherId);
    const whole = readFileSync(file);
    await harm(file);
    const plan = await planned({ backupId: otherId });
    expect(plan).toMatchObject({ status: "failed", plan: null, failure: { step: "fetch" } });
    expect(plan.failure?.message).toContain("damaged or was swapped");
    expect(await statusOfCopy(otherId)).toBe("damaged");
    await expect(request({ backupId: otherId })).rejects.toMatchObject({ code: "not-restorable" });
    writeFileSync(file, whole);
    await admin.query("UPDATE backup_copies SET status = 'stored' WHERE backup_id = $1", [otherId]);
  });

  test("that is gone is said to be gone", async () => {
    rmSync(await archiveFileOf(otherId));
    const plan = await planned({ backupId: otherId });
    expect(plan.failure?.message).toContain("no longer there");
    expect(await statusOfCopy(otherId)).toBe("missing");
  });

  test("does no harm while another copy is whole", async () => {
    const destinationId = newId("destination");
    await withTenant(tenant.id, (db) =>
      db.destination.createMany({ data: [{ id: destinationId, name: "Second", kind: "local", config: { path: "second" } }] }),
    );
    await withTenant(tenant.id, (db) => db.policyDestination.deleteMany({}));
    const twice = await backUp();
    expect(await withTenant(tenant.id, (db) => db.backupCopy.count({ where: { backupId: twice, status: "stored" } }))).toBe(2);
    flipByte(await archiveFileOf(twice));
    expect(await planned({ backupId: twice })).toMatchObject({ status: "planned", failure: null });
    expect(
      (await withTenant(tenant.id, (db) => db.backupCopy.findMany({ where: { backupId: twice } }))).map((copy) => copy.status).toSorted(),
    ).toEqual(["damaged", "stored"]);
  });

  async function statusOfCopy(id: string): Promise<string> {
    return withTenant(tenant.id, async (db) => (await db.backupCopy.findFirstOrThrow({ where: { backupId: id } })).status);
  }
});

function flipByte(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

describe("a file key on its way to the worker", () => {
  const fileKey = Buffer.alloc(16, 9);
  const give = (id: string) => withTenant(tenant.id, (db) => giveFileKey(db, id, fileKey));

  test("is taken once", async () => {
    await give("rst_once");
    expect(await takeFileKey(tenant.id, "rst_once", worker.identity)).toEqual(fileKey);
    expect(await takeFileKey(tenant.id, "rst_once", worker.identity)).toBeNull();
  });

  test("opens for no one else, and is gone then as well", async () => {
    await give("rst_other");
    await expect(takeFileKey(tenant.id, "rst_other", generateIdentity().identity)).rejects.toMatchObject({ code: "no-match" });
    expect(await takeFileKey(tenant.id, "rst_other", worker.identity)).toBeNull();
  });

  test("opens for no other restore", async () => {
    await give("rst_mine");
    await admin.query("UPDATE file_key_grants SET subject_id = 'rst_theirs' WHERE subject_id = 'rst_mine'");
    await expect(takeFileKey(tenant.id, "rst_theirs", worker.identity)).rejects.toMatchObject({ code: "header-mismatch" });
  });

  test("expires, and the restore that waited for it is given up", async () => {
    const { id } = await request();
    await admin.query("UPDATE file_key_grants SET expires_at = clock_timestamp() WHERE subject_id = $1", [id]);
    expect(await takeFileKey(tenant.id, id, worker.identity)).toBeNull();
    await admin.query("UPDATE restores SET waits_until = clock_timestamp() WHERE id = $1", [id]);
    await planRestoreJob(jobOf(id));
    expect(await read(id)).toMatchObject({ status: "planning" });
    await failAbandonedRestore(tenant.id, { id, seen: null });
    expect(await read(id)).toMatchObject({
      status: "failed",
      failure: { message: expect.stringContaining("not begun in time") as string },
    });
  });

  test("dies with its worker, whose work file goes as well", async () => {
    const { id } = await request();
    await takeFileKey(tenant.id, id, worker.identity);
    await admin.query("UPDATE restores SET lease_owner = 'wrk_dead', attempt = 1, lease_beat = 7 WHERE id = $1", [id]);
    writeFileSync(archivePathOf({ id, attempt: 1 }), "ciphertext");
    await planRestoreJob(jobOf(id));
    await failAbandonedRestore(tenant.id, { id, seen: { attempt: 1, beat: 6n } });
    expect(await read(id)).toMatchObject({ status: "planning" });
    await failAbandonedRestore(tenant.id, { id, seen: { attempt: 1, beat: 7n } });
    expect(await read(id)).toMatchObject({ status: "failed", failure: { message: "The worker died before it changed anything." } });
    expect(readdirSync(workFolder()).filter((name) => name.startsWith("restore-"))).toEqual([]);
  });

  test("cannot be had by a worker that came later", async () => {
    const { id } = await request();
    await planRestoreJob({ ...jobOf(id), worker: await startWorker() });
    expect(await read(id)).toMatchObject({ status: "failed", failure: { step: "unlock" } });
  });
});

test("the passphrase and the login password are in no table, and what was restored is not either", async () => {
  const { rows: tables } = await admin.query<{ name: string }>(
    "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'",
  );
  expect(tables.length).toBeGreaterThan(15);
  for (const { name } of tables) {
    const { rows } = await admin.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
    const dump = rows.map((row) => row.text).join("\n");
    for (const secret of [PASSPHRASE, TEST_PASSWORD, "another long passphrase", worker.identity, "AGE-SECRET-KEY-"])
      expect(dump).not.toContain(secret);
  }
});
