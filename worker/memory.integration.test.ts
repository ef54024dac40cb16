import { randomFillSync } from "node:crypto";
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackedUpFolder, createBackedUpFolder } from "#e2e/servers/backed-up-folder.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { startWorkerProcess } from "#e2e/servers/worker-process.ts";
import { getBackup } from "#lib/backups/get-backup.ts";
import { startBackup } from "#lib/backups/start-backup.ts";
import { closeClients } from "#lib/db/client.ts";
import { getRun } from "#lib/runs/get-run.ts";

const MIB = 1024 * 1024;
const SMALL_BYTES = 15 * MIB;
const LARGE_BYTES = 150 * MIB;
/** Far less than the 135 MiB between the two, far more than what the garbage collector happens to leave. */
const ALLOWED_GROWTH_BYTES = 64 * MIB;

let installation: TestInstallation;
let sshd: Sshd;
let folder: BackedUpFolder;

beforeAll(async () => {
  installation = await createTestInstallation({ HOLDFAST_DISPATCH_SECONDS: "0.3" });
  sshd = await startSshd();
  folder = await createBackedUpFolder(sshd, installation.dataDir);
});
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await installation.remove();
});

test("the memory of a worker does not grow with what it backs up", async () => {
  const smallPeakBytes = await peakFor(SMALL_BYTES);
  const largePeakBytes = await peakFor(LARGE_BYTES);
  expect(largePeakBytes - smallPeakBytes).toBeLessThan(ALLOWED_GROWTH_BYTES);
});

/** The most memory that a fresh worker ever held while it backed up a file of this size. */
async function peakFor(sizeBytes: number): Promise<number> {
  const file = join(sshd.root, "etc", "large.bin");
  writeRandom(file, sizeBytes);
  const worker = startWorkerProcess(installation.environment);
  try {
    const { id } = await startBackup.execute(folder.owner, { systemId: folder.systemId });
    let run = await getRun.execute(folder.owner, { id });
    while (["queued", "running"].includes(run.status)) {
      await delay(100);
      run = await getRun.execute(folder.owner, { id });
    }
    expect(run).toMatchObject({ status: "completed", failure: null });
    expect((await getBackup.execute(folder.owner, { id: run.backupId })).sizeBytes).toBeGreaterThan(sizeBytes);
    return peakBytesOf(worker.child.pid ?? 0);
  } finally {
    await worker.stop();
    rmSync(file);
  }
}

/** Random, so that compressing does not make it small. */
function writeRandom(file: string, sizeBytes: number): void {
  const handle = openSync(file, "w");
  const chunk = Buffer.alloc(MIB);
  for (let written = 0; written < sizeBytes; written += MIB) writeSync(handle, randomFillSync(chunk));
  closeSync(handle);
}

/** The peak of a process's resident memory, as proc(5) has it in VmHWM. */
function peakBytesOf(pid: number): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) * 1024;
}
