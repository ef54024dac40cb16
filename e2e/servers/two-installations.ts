import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import type { Sshd } from "#e2e/servers/sshd.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { forgetEnv } from "#lib/env.ts";
import { newId } from "#lib/ids.ts";
import { localRootsOf } from "#lib/installation.ts";
import { setCurrentKey } from "#lib/keys/set-current-key.ts";
import type { ActiveWorker } from "#lib/queue/jobs.ts";
import { takeSafetyBackup } from "#lib/runs/take-safety-backup.ts";
import { createSystem } from "#lib/systems/create-system.ts";
import { createTestTenant, type TestTenant } from "#lib/tenants/tenant-fixture.ts";

/** An installation with one tenant and a worker, which this process can be one at a time. */
export interface Place {
  installation: TestInstallation;
  tenant: TestTenant;
  worker: ActiveWorker;
  /** Makes this process that installation. */
  enter(): Promise<void>;
  /** Forgets what a rebuild brought. */
  forget(): Promise<void>;
}

export async function createPlace(name: string): Promise<Place> {
  await closeClients();
  const installation = await createTestInstallation();
  const tenant = await createTestTenant();
  const { identity, recipient } = generateIdentity();
  const { signal } = new AbortController();
  const worker = { id: newId("worker"), identity, signal, lastSignal: signal };
  // The test databases share a master key, from which the name would derive.
  await withTenant(tenant.id, (db) => db.installation.createMany({ data: [{ id: "this", name }] }));
  await acrossTenants("scheduler", (db) => db.worker.createMany({ data: [{ id: worker.id, recipient }] }));
  const enter = async () => {
    await closeClients();
    Object.assign(process.env, installation.environment);
    forgetEnv();
    await acrossTenants("scheduler", (db) => db.worker.updateMany({ data: { heartbeatAt: new Date() } }));
  };
  const forget = async () => {
    const admin = new pg.Client({ connectionString: installation.database.superuserUrl });
    await admin.connect();
    await admin.query(`
      DELETE FROM restores; DELETE FROM key_copies; DELETE FROM backups WHERE origin = 'rebuild'; DELETE FROM keys WHERE origin = 'rebuilt';
      DELETE FROM systems WHERE created_at > (SELECT max(created_at) FROM policies)`);
    await admin.end();
  };
  return { installation, tenant, worker, enter, forget };
}

export interface BackedUpTenant {
  systemId: string;
  configurationId: string;
  /** In the order in which they were made: three of the folder, one of the configuration. */
  folderBackups: string[];
  configurationBackup: string;
}

/** Lets a tenant back a folder up three times, and its own configuration, under a key with that passphrase. Wherever the tenant has destinations. */
export async function fillTenant({ tenant, worker }: Place, sshd: Sshd, passphrase: string): Promise<BackedUpTenant> {
  await setCurrentKey.execute(tenant.owner, { mode: "passphrase", passphrase, hint: "harbour" });
  writeConfiguration(sshd, 0);
  const systemId = (await createSystem.execute(tenant.owner, { name: "Router / cellar", kind: "folder", config: folderConfig(sshd) })).id;
  const backUp = (id: string) => takeSafetyBackup({ tenantId: tenant.id, systemId: id, requestedBy: "the test", worker });
  const folderBackups: string[] = [];
  for (const port of [1, 2, 3]) {
    writeConfiguration(sshd, port);
    folderBackups.push(await backUp(systemId));
  }
  const own = await withTenant(tenant.id, (db) => db.system.findFirstOrThrow({ where: { kind: "tenant-configuration" } }));
  return { systemId, configurationId: own.id, folderBackups, configurationBackup: await backUp(own.id) };
}

function writeConfiguration(sshd: Sshd, port: number): void {
  mkdirSync(join(sshd.root, "etc"), { recursive: true });
  writeFileSync(join(sshd.root, "etc/app.conf"), `port = ${port}\n`);
}

export function folderConfig({ host, port, user, privateKey, hostKeyFingerprint, root }: Sshd) {
  return { host, port, user, privateKey, hostKey: `ssh-ed25519 ${hostKeyFingerprint}`, path: root };
}

/** A local destination of the tenant with a copy of what lies in that folder, as somebody brings a disk. Answers its id and where it lies. */
export async function bringFolder({ tenant }: Place, from: string, name: string): Promise<{ id: string; path: string }> {
  const path = join(localRootsOf(tenant.id)[0] ?? "", name);
  cpSync(from, path, { recursive: true });
  const id = newId("destination");
  await withTenant(tenant.id, (db) => db.destination.createMany({ data: [{ id, name, kind: "local", config: { path: name } }] }));
  return { id, path };
}
