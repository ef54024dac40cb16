import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type FtpServer, startFtpServer } from "#e2e/servers/ftp-server.ts";
import type { S3Server } from "#e2e/servers/radosgw.ts";
import { sharedS3 } from "#e2e/servers/shared-s3.ts";
import { type Sshd, startSshd } from "#e2e/servers/sshd.ts";
import { startDownload } from "#lib/backups/downloads/start-download.ts";
import { rebuildCatalogue } from "#lib/catalogue/rebuild-catalogue.ts";
import { type BackedUpTenant, bringFolder, createPlace, fillTenant, folderConfig, type Place } from "#e2e/servers/two-installations.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createDestination } from "#lib/destinations/create-destination.ts";
import { localRootsOf } from "#lib/installation.ts";
import { executeRestore } from "#lib/restores/execute-restore.ts";
import { getRestore } from "#lib/restores/get-restore.ts";
import { planRestore } from "#lib/restores/plan-restore.ts";
import { executeRestoreJob, planRestoreJob } from "#lib/restores/run-restore.ts";
import { updateSystem } from "#lib/systems/update-system.ts";
import { TEST_PASSWORD } from "#lib/tenants/tenant-fixture.ts";

// The whole of a disaster: one installation backs up to every kind of destination and is gone; another one has the destination and the passphrase.

const PASSPHRASE = "violet-hammer-orbit-lantern-squid";
const BUCKET = "catalogue-rebuild";

let sshd: Sshd;
let s3: S3Server;
let ftp: FtpServer;
let old: Place;
let made: BackedUpTenant;
let oldFolder: string;
let fresh: Place;

beforeAll(async () => {
  [sshd, s3, ftp] = await Promise.all([startSshd(), sharedS3(), startFtpServer()]);
  await s3.createBucket(BUCKET);
  mkdirSync(join(sshd.root, "archives"));
  old = await createPlace("a".repeat(32));
  for (const [kind, config] of remote()) await createDestination.execute(old.tenant.owner, { name: `Kept by ${kind}`, kind, config });
  await withTenant(old.tenant.id, (db) => db.policyDestination.deleteMany());
  mkdirSync(join(sshd.root, "served"));
  made = await fillTenant(old, { ...sshd, root: join(sshd.root, "served") }, PASSPHRASE);
  oldFolder = localRootsOf(old.tenant.id)[0] ?? "";
}, 180_000);
afterAll(async () => {
  await closeClients();
  await sshd.stop();
  await s3.stop();
  await ftp.stop();
  await old.installation.remove();
});
beforeEach(async () => {
  fresh = await createPlace("b".repeat(32));
});
afterEach(async () => {
  await closeClients();
  await fresh.installation.remove();
});

function remote(): [string, Record<string, unknown>][] {
  const { endpoint, region, accessKeyId, secretAccessKey } = s3;
  const { host, ports, user, password } = ftp;
  return [
    ["s3", { endpoint, region, bucket: BUCKET, prefix: "acme", accessKeyId, secretAccessKey }],
    ["ftp", { host, port: ports.plain, security: "plain", user, password, folder: "/" }],
    ["sftp", { ...folderConfig(sshd), path: join(sshd.root, "archives") }],
  ];
}

async function destinationOf(kind: string): Promise<string> {
  const known = await withTenant(fresh.tenant.id, (db) => db.destination.findFirst({ where: { name: `Found on ${kind}` } }));
  if (known) return known.id;
  if (kind === "local") return (await bringFolder(fresh, oldFolder, "Found on local")).id;
  const config = remote().find(([each]) => each === kind)?.[1] ?? {};
  return (await createDestination.execute(fresh.tenant.owner, { name: `Found on ${kind}`, kind, config })).id;
}

const rebuildFrom = async (kind: string, more: { takeOver?: boolean } = {}) =>
  rebuildCatalogue({
    tenantId: fresh.tenant.id,
    destinationId: await destinationOf(kind),
    folder: old.tenant.id,
    trust: null,
    isDryRun: false,
    takeOver: false,
    signal: new AbortController().signal,
    ...more,
  });
const ask = (backupId: string, targetSystemId: string, passphrase = PASSPHRASE) =>
  planRestore.execute(fresh.tenant.owner, { backupId, targetSystemId, passphrase });
const backupRow = (id: string) => withTenant(fresh.tenant.id, (db) => db.backup.findUniqueOrThrow({ where: { id } }));

async function restore(backupId: string, targetSystemId: string) {
  const { id } = await ask(backupId, targetSystemId);
  const job = { tenantId: fresh.tenant.id, restoreId: id, worker: fresh.worker };
  await planRestoreJob(job);
  const { plan, failure } = await getRestore.execute(fresh.tenant.owner, { id });
  expect(failure).toBeNull();
  await executeRestore.execute(fresh.tenant.owner, { id, planHash: plan?.hash, passphrase: PASSPHRASE, password: TEST_PASSWORD });
  await executeRestoreJob(job);
  return getRestore.execute(fresh.tenant.owner, { id });
}

test.each(["local", "sftp", "s3", "ftp"])(
  "what was backed up comes back from %s: the catalogue, the files, and from a folder the tenant's own configuration too",
  async (kind) => {
    const report = await rebuildFrom(kind);
    expect(report).toMatchObject({ found: 4, skipped: 0, added: { backups: 4, copies: 4, systems: 2, keys: 1 } });
    const backupId = made.folderBackups[1] ?? "";
    expect(await backupRow(backupId)).toMatchObject({ authenticity: "foreign", proven: "stored" });

    // The passphrase is what vouches: wrong, it changes nothing.
    await expect(ask(backupId, made.systemId, "another long passphrase")).rejects.toMatchObject({ code: "wrong-passphrase" });
    expect(await backupRow(backupId)).toMatchObject({ authenticity: "foreign" });
    await startDownload.execute(fresh.tenant.owner, { id: backupId, passphrase: PASSPHRASE, password: TEST_PASSWORD });
    for (const id of [...made.folderBackups, made.configurationBackup])
      expect(await backupRow(id)).toMatchObject({ authenticity: "signed" });

    // How to connect is in no description: the system is there, and says what it lacks.
    const { id: early } = await ask(backupId, made.systemId);
    await planRestoreJob({ tenantId: fresh.tenant.id, restoreId: early, worker: fresh.worker });
    expect((await getRestore.execute(fresh.tenant.owner, { id: early })).failure?.message).toContain(
      "How to connect to “Router / cellar” is not complete",
    );

    if (kind === "local") await restoreConfiguration();
    await updateSystem.execute(fresh.tenant.owner, {
      id: made.systemId,
      config: folderConfig({ ...sshd, root: join(sshd.root, "served") }),
    });
    writeFileSync(join(sshd.root, "served/etc/app.conf"), "port = lost\n");
    expect(await restore(backupId, made.systemId)).toMatchObject({ status: "completed", failure: null });
    expect(readFileSync(join(sshd.root, "served/etc/app.conf"), "utf8")).toBe("port = 2\n");
    expect(await backupRow(backupId)).toMatchObject({ proven: "restored" });
  },
);

/** Systems and policies come back; credentials do not, because the other installation sealed them. */
async function restoreConfiguration(): Promise<void> {
  const own = await withTenant(fresh.tenant.id, (db) =>
    db.system.findFirstOrThrow({ where: { kind: "tenant-configuration", deletedAt: null } }),
  );
  const configured = await restore(made.configurationBackup, own.id);
  // Its owner has no account here, so the one who restores stays.
  expect(configured).toMatchObject({
    status: "partial",
    failure: null,
    report: { problems: [expect.stringContaining("stays an owner")] },
  });
  expect(configured.report?.followUp.join(" ")).toContain("Type the credentials of the system “Router / cellar” again");
}
