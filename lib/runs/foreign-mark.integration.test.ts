import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addLocalDestination, type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { getBackup } from "#lib/backups/get-backup.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { addCopy } from "#lib/copies/add-copy.ts";
import { copyJob } from "#lib/copies/run-copy.ts";
import { closeClients } from "#lib/db/client.ts";
import { newId } from "#lib/ids.ts";
import { setCurrentKey } from "#lib/keys/set-current-key.ts";
import { getRun } from "#lib/runs/get-run.ts";
import { runBackupJob } from "#lib/runs/run-backup.ts";
import type { RunDto } from "#lib/runs/schemas.ts";

const SENTENCE = "Another installation of Holdfast keeps this tenant's backups in this destination";
const OTHERS_MARK = JSON.stringify({ installation: "00112233445566778899aabbccddeeff", epoch: 1 });

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;
let others: string;

beforeAll(async () => {
  installation = await createTestInstallation();
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
  // A run begins with the key's file, which must not come to lie there either.
  await setCurrentKey.execute(folder.owner, { mode: "passphrase", passphrase: "violet-hammer-orbit-lantern-squid" });
  others = await addLocalDestination(folder.tenantId, "others");
  mkdirSync(join(othersRoot(), folder.tenantId), { recursive: true });
  writeFileSync(othersMark(), OTHERS_MARK);
});
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await installation.remove();
});

const signal = new AbortController().signal;
const othersRoot = () => join(installation.dataDir, "local", folder.tenantId, "others");
const othersMark = () => join(othersRoot(), folder.tenantId, "instance.json");

test("a run into a folder that another installation marked fails, says so and writes nothing there", async () => {
  const run = await backUp([others]);
  expect(run).toMatchObject({ status: "failed", backupId: null, failure: { step: "store" } });
  expect(run.failure?.message).toContain(SENTENCE);
  expectUntouched();
});

test("with another destination it is partial, and a copy job refuses that folder too", async () => {
  const run = await backUp([folder.destinationId, others]);
  expect(run).toMatchObject({ status: "partial", failure: { step: "store" } });
  expect(run.failure?.message).toContain(SENTENCE);
  expectUntouched();

  const { backupId } = await backUp([folder.destinationId]);
  await addCopy.execute(folder.owner, { id: backupId, destinationId: others });
  await copyJob({ tenantId: folder.tenantId, backupId: backupId ?? "", destinationId: others, worker: { signal } });
  const { copies } = await getBackup.execute(folder.owner, { id: backupId });
  const refused = copies.find(({ destinationId }) => destinationId === others);
  expect(refused).toMatchObject({ status: "missing", isCopying: false });
  expect(refused?.failure).toContain(SENTENCE);
  expectUntouched();
});

async function backUp(destinationIds: string[]): Promise<RunDto> {
  const run = await startBackup.execute(folder.owner, { systemId: folder.systemId, destinationIds });
  await runBackupJob({ tenantId: folder.tenantId, runId: run.id, worker: { id: newId("worker"), signal } });
  return getRun.execute(folder.owner, { id: run.id });
}

function expectUntouched(): void {
  expect(readdirSync(othersRoot(), { recursive: true }).sort()).toEqual([folder.tenantId, `${folder.tenantId}/instance.json`]);
  expect(readFileSync(othersMark(), "utf8")).toBe(OTHERS_MARK);
}
