import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "#lib/auth/context.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { createSystem } from "#lib/systems/create-system.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";
import type { Sshd } from "./sshd.ts";

/** A tenant that keeps a folder of a real SSH server in a folder of this machine. */
export interface BackedUpFolder {
  tenantId: string;
  owner: Context;
  systemId: string;
  destinationId: string;
  /** Every file that lies in the tenant's local destinations, relative and sorted. */
  storedFiles(): string[];
  /** What should lie there by the rows, sorted. */
  catalogued(): Promise<string[]>;
}

/** Makes the tenant, a few files, and the system that reads them. */
export async function createBackedUpFolder(sshd: Sshd, dataDir: string, name = "etc"): Promise<BackedUpFolder> {
  const tenant = await createTestTenant();
  const path = join(sshd.root, name);
  mkdirSync(join(path, "conf.d"), { recursive: true });
  writeFileSync(join(path, "main.conf"), "listen 80\n");
  writeFileSync(join(path, "conf.d", "site.conf"), "root /srv\n".repeat(5000));
  const { host, port, user, privateKey } = sshd;
  const config = { host, port, user, privateKey, hostKey: `ssh-ed25519 ${sshd.hostKeyFingerprint}`, path };
  const system = await createSystem.execute(tenant.owner, { name: `Folder ${name}`, kind: "folder", config });
  const destination = await withTenant(tenant.id, (db) => db.destination.findFirstOrThrow({ where: { kind: "local" } }));
  const local = join(dataDir, "local", tenant.id);
  return {
    tenantId: tenant.id,
    owner: tenant.owner,
    systemId: system.id,
    destinationId: destination.id,
    storedFiles: () => filesBelow(local),
    catalogued: () => cataloguedOf(tenant.id),
  };
}

/** A further folder of this machine as a destination. */
export async function addLocalDestination(tenantId: string, path: string): Promise<string> {
  const id = newId("destination");
  await withTenant(tenantId, (db) => db.destination.createMany({ data: [{ id, name: path, kind: "local", config: { path } }] }));
  return id;
}

function filesBelow(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort();
  } catch {
    return [];
  }
}

/** Objects that rows say are stored in the tenant's first destination, whose path is ".". */
async function cataloguedOf(tenantId: string): Promise<string[]> {
  return withTenant(tenantId, async (db) => {
    const copies = await db.backupCopy.findMany({ where: { status: "stored" } });
    const keys = await db.keyCopy.findMany({ where: { status: "stored" } });
    const objects = [...copies.flatMap((copy) => [copy.objectKey, copy.descriptionKey]), ...keys.map((copy) => copy.objectKey)];
    return [...new Set([...objects, `${tenantId}/instance.json`])].sort();
  });
}
