import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { getBackup } from "#lib/backups/get-backup.ts";
import { closeClients } from "#lib/db/client.ts";
import { createDestination } from "#lib/destinations/create-destination.ts";
import { createPolicy } from "#lib/policies/create-policy.ts";
import { executeRestore } from "#lib/restores/execute-restore.ts";
import { getRestore } from "#lib/restores/get-restore.ts";
import { planRestore } from "#lib/restores/plan-restore.ts";
import { executeRestoreJob, planRestoreJob } from "#lib/restores/run-restore.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import { startPolicyRuns } from "#lib/runs/start-policy-runs.ts";
import { updateSystem } from "#lib/systems/update-system.ts";
import { TEST_PASSWORD } from "#lib/tenants/tenant-fixture.ts";
import { type Registration, registerWorker } from "#worker/registration.ts";

// From the form to the bytes in the archive and back: a name may hold whatever people write.

const EMOJI_255 = `${"🗝️".repeat(36)}abc`;
const NAMES = ["Gateway 🔥 / Süd", "…/../etc", '"quoted" <b>\'`$(x)', EMOJI_255];
const FILES = ["x".repeat(255), EMOJI_255, "line\nbreak", "-rf *", "\u202eright to left", "trailing. "];

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
let registration: Registration;

beforeAll(async () => {
  installation = await createTestInstallation();
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  registration = await registerWorker();
});
afterAll(async () => {
  await registration.end();
  await closeClients();
  await sshd.stop();
  await installation.remove();
});

test("the long name of this test has 255 bytes", () => {
  expect(Buffer.byteLength(EMOJI_255)).toBe(255);
});

test.each(NAMES)("system, destination and policy may be called %j, and it stands in the backup so", async (name) => {
  await updateSystem.execute(folder.owner, { id: folder.systemId, name });
  const destination = await createDestination.execute(folder.owner, { name, kind: "local", config: { path: `d${NAMES.indexOf(name)}` } });
  const policy = await createPolicy.execute(folder.owner, {
    name,
    systemIds: [folder.systemId],
    destinationIds: [destination.id],
    schedule: { kind: "daily", at: "01:00", timeZone: "UTC" },
    retention: { keepLast: 30 },
  });
  expect([destination.name, policy.name]).toEqual([name, name]);
  const backup = await backUp(policy.id);
  expect(backup).toMatchObject({ systemName: name, proven: "valid", copies: [{ destinationName: name, status: "stored" }] });
});

test.each(["n".repeat(256), `${EMOJI_255}!`, "line\nbreak", "null\0", "   "])("%j is refused as a name, beside the field", async (name) => {
  const refused = { errors: [{ path: "name" }] };
  await expect(updateSystem.execute(folder.owner, { id: folder.systemId, name })).rejects.toMatchObject(refused);
  const destination = { name, kind: "local", config: { path: "never" } };
  await expect(createDestination.execute(folder.owner, destination)).rejects.toMatchObject(refused);
});

test("files and folders of any name, to 255 bytes each, come back as they were", async () => {
  const base = join(sshd.root, "etc", "f".repeat(255));
  mkdirSync(base);
  for (const name of FILES) writeFileSync(join(base, name), `of ${name}`);
  const policy = await createPolicy.execute(folder.owner, {
    name: "Files",
    systemIds: [folder.systemId],
    destinationIds: [folder.destinationId],
    schedule: { kind: "daily", at: "01:00", timeZone: "UTC" },
    retention: { keepLast: 30 },
  });
  const backup = await backUp(policy.id);
  rmSync(base, { recursive: true });

  const { signal } = new AbortController();
  const worker = { id: registration.id, identity: registration.identity, signal, lastSignal: signal };
  const { id } = await planRestore.execute(folder.owner, { backupId: backup.id, targetSystemId: folder.systemId });
  const job = { tenantId: folder.tenantId, restoreId: id, worker };
  await planRestoreJob(job);
  const { plan } = await getRestore.execute(folder.owner, { id });
  expect(plan?.changes.map(({ action }) => action)).toEqual(Array.from({ length: FILES.length + 1 }, () => "add"));
  await executeRestore.execute(folder.owner, { id, planHash: plan?.hash, password: TEST_PASSWORD });
  await executeRestoreJob(job);
  expect(await getRestore.execute(folder.owner, { id })).toMatchObject({ status: "completed", report: { problems: [] } });
  for (const name of FILES) expect(readFileSync(join(base, name), "utf8")).toBe(`of ${name}`);
});

async function backUp(policyId: string) {
  const { items } = await startPolicyRuns.execute(folder.owner, { id: policyId });
  const [run] = items;
  if (!run) throw new Error("The policy started no run.");
  const worker = { id: registration.id, signal: new AbortController().signal };
  await runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker });
  const { backupId, ...ended } = await getRun.execute(folder.owner, { id: run.id });
  expect(ended).toMatchObject({ status: "completed", failure: null });
  return getBackup.execute(folder.owner, { id: backupId });
}
