import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Ground, type KillTenant, makeGround, SHORT_TIMES } from "#bench/kill/ground.ts";
import { judge } from "#bench/kill/judge.ts";
import { type DueRun, Waves } from "#bench/kill/waves.ts";
import { WorkerPair } from "#bench/kill/worker-pair.ts";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import { mayMountSmallDisk } from "#e2e/servers/small-disk.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { seededRandom } from "#lib/archive/seeded-random.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createDestination } from "#lib/destinations/create-destination.ts";
import { updatePolicy } from "#lib/policies/update-policy.ts";
import { type FaultyStorage, startFaultyStorages, type StorageKind, storageKinds } from "#bench/kill/faulty-storages.ts";

// One tenant on a real server of each kind, behind a network that misbehaves, and one tenant whose destination is well. Two real workers serve them all.

const LONG_MS = 300_000;
const ENDED_WITHIN_MS = 120_000;

const mayFill = await mayMountSmallDisk();

let installation: TestInstallation;
let sshd: Sshd;
let storages: Record<StorageKind, FaultyStorage>;
let troubled: Record<StorageKind, KillTenant>;
let well: KillTenant;
/** Of all of them. */
let ground: Ground;
let pair: WorkerPair;

beforeAll(async () => {
  [installation, sshd, storages] = await Promise.all([
    createTestInstallation({
      ...SHORT_TIMES,
      HOLDFAST_CONNECT_TIMEOUT_SECONDS: "3",
      HOLDFAST_IDLE_TIMEOUT_SECONDS: "3",
      HOLDFAST_STEP_SECONDS: "10",
      HOLDFAST_STILL_SECONDS: "10",
      LOG_LEVEL: "fatal",
    }),
    startSshd(),
    startFaultyStorages({ ownDisk: mayFill }),
  ]);
  pair = new WorkerPair(installation.environment, join(installation.dataDir, "fault-plan"));
  const local = await makeGround({ ...installation, sshd, s3: null, receiver: null, tenants: storageKinds.length + 1 });
  const moved = storageKinds.map(async (kind, index) => [kind, await movedInto(storages[kind], local.tenants[index])] as const);
  troubled = Object.fromEntries(await Promise.all(moved)) as typeof troubled;
  const last = local.tenants.at(-1);
  if (!last) throw new Error("The ground has tenants.");
  well = { ...last, systemIds: last.systemIds.slice(0, 1) };
  const contents = async () => (await Promise.all([local, ...Object.values(storages)].map((each) => each.contents()))).flat();
  ground = { ...local, tenants: [...Object.values(troubled), well], contents };
}, LONG_MS);
afterEach(endFaults);
afterAll(async () => {
  await pair.stop();
  expect(pair.surprises).toEqual([]);
  await closeClients();
  await Promise.all([sshd, ...Object.values(storages)].map((server) => server.stop()));
  await installation.remove();
});

function endFaults(): void {
  for (const storage of Object.values(storages)) storage.endFaults();
}

/** Lets a tenant keep its backups there from now on. */
async function movedInto({ kind, config }: FaultyStorage, tenant: KillTenant | undefined): Promise<KillTenant> {
  if (!tenant) throw new Error("The ground has a tenant for each storage.");
  const { id: destinationId } = await createDestination.execute(tenant.owner, { name: kind, kind, config });
  await updatePolicy.execute(tenant.owner, { id: tenant.policyId, destinationIds: [destinationId] });
  return { ...tenant, destinationId };
}

/** To each run into the storages from now on. */
async function giveAttempts(attempts: number): Promise<void> {
  for (const { owner, policyId } of Object.values(troubled)) await updatePolicy.execute(owner, { id: policyId, attempts });
}

interface Fault {
  name: string;
  begin: (storage: FaultyStorage) => void | Promise<void>;
  /** What a run says that failed of it. */
  says: RegExp;
  /** Else a run may be over before it begins to tell, or be too small to feel it. */
  failsAll: boolean;
}

/** Less than the large archive: some upload is in its middle then, of an archive, a description, a mark or a request. */
const MOST_BYTES = 9_000_000;
const SILENT = /did not answer within|did not finish|stopped answering|stood still|Nothing moved for 10 seconds/;
const LOST = /connection to \S+ (?:was lost|broke)|connection to \S+ was given up|broke off|closed the connection/;

const refuses: Fault = {
  name: "refuses connections",
  begin: ({ proxy }) => proxy.refuse(),
  says: /refused the connection; check the port/,
  failsAll: true,
};
const saysNothing: Fault = {
  name: "takes connections and says nothing",
  begin: ({ proxy }) => proxy.stall(),
  says: SILENT,
  failsAll: true,
};
const answers503: Fault = { name: "answers 503", begin: ({ proxy }) => proxy.answer(503), says: /answered 503/, failsAll: true };
const isFull: Fault = {
  name: "is full but for 4 MiB",
  begin: ({ disk }) => disk?.fill(4),
  says: /is full; make room|no room left|most likely its disk is full/,
  failsAll: false,
};
const fallsSilent = (seed: number): Fault => ({
  name: `falls silent after random bytes (seed ${seed})`,
  begin: ({ proxy }) => proxy.stallAfterBytes("up", seededRandom(seed).below(MOST_BYTES)),
  says: SILENT,
  failsAll: false,
});
const cuts = (seed: number, how: "end" | "reset"): Fault => ({
  name: `cuts connections after random bytes (seed ${seed}, ${how})`,
  begin: ({ proxy }) => proxy.cutAfterBytes("up", seededRandom(seed).below(MOST_BYTES), how),
  says: LOST,
  failsAll: false,
});

/** Each kind of fault, and three before each kind of server. */
const rounds: Record<StorageKind, Fault>[] = [
  { s3: refuses, sftp: cuts(1, "reset"), ftp: mayFill ? isFull : cuts(4, "reset") },
  { s3: answers503, sftp: saysNothing, ftp: cuts(2, "end") },
  { s3: fallsSilent(3), sftp: mayFill ? isFull : cuts(5, "end"), ftp: refuses },
];

test.each(rounds.map((faults) => ({ faults, title: storageKinds.map((kind) => `${kind} ${faults[kind].name}`).join(", ") })))(
  "$title: their runs fail with the cause, the others' complete meanwhile, nothing half-done stays, and the next complete",
  async ({ faults }) => {
    for (const kind of storageKinds) await faults[kind].begin(storages[kind]);
    await giveAttempts(1);
    const during = new Waves(ground);
    await during.beginScheduled();
    // While the faults last.
    expect(await during.ended(ENDED_WITHIN_MS)).toEqual([]);
    for (const kind of storageKinds) expectCause(await failuresOf(during.all, troubled[kind]), faults[kind]);
    expect(await failuresOf(during.all, well)).toEqual([null]);
    endFaults();
    await giveAttempts(3);
    const after = new Waves(ground);
    await after.beginScheduled();
    expect(await after.ended(ENDED_WITHIN_MS)).toEqual([]);
    for (const tenant of ground.tenants) expect(await failuresOf(after.all, tenant)).toEqual(tenant.systemIds.map(() => null));
    await hastenRemovals();
    const {
      completedOnce,
      failedWithReason,
      reasons: _,
      opened,
      openedByAge: __,
      told: ___,
      ...verdict
    } = await judge(ground, [...during.all, ...after.all], []);
    expect(verdict).toEqual({ runs: 14, doubled: [], lost: [], orphans: [], missing: [], unopened: [], untold: [] });
    expect(completedOnce + failedWithReason).toBe(14);
    expect(opened).toBeGreaterThanOrEqual(after.all.length);
  },
  LONG_MS,
);

function expectCause(failures: (string | null)[], { says, failsAll }: Fault): void {
  const failed = failures.filter((failure) => failure !== null);
  for (const failure of failed) expect(failure).toMatch(says);
  expect(failed.length).toBeGreaterThanOrEqual(failsAll ? failures.length : 1);
}

/** What each of a tenant's runs says of why it failed; null of one that completed. */
async function failuresOf(runs: readonly DueRun[], { id }: KillTenant): Promise<(string | null)[]> {
  const ids = runs.filter(({ tenant }) => tenant.id === id).map((run) => run.id);
  const rows = await withTenant(id, (db) => db.run.findMany({ where: { id: { in: ids } } }));
  return rows.map(({ status, failure }) => (status === "completed" ? null : JSON.stringify(failure)));
}

/** What could not be removed while the faults lasted is tried again after five minutes, which nobody waits for here. */
async function hastenRemovals(): Promise<void> {
  for (const { id } of ground.tenants) {
    await withTenant(id, (db) => db.backupCopy.updateMany({ where: { status: "deleting" }, data: { nextAttemptAt: null } }));
  }
}
