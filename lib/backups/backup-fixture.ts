import { objectKeysOf } from "#lib/backups/object-keys.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import type { TestTenant } from "#lib/tenants/tenant-fixture.ts";

/** A tenant with its first policy, system and destination, whose backups tests make of rows alone. */
export interface BackupFixture {
  tenant: TestTenant;
  policyId: string;
  systemId: string;
  destinationId: string;
  /** A completed, proven backup of the policy with a stored copy, `daysOld` days old, and whatever is to be different. */
  backup(daysOld: number, change?: BackupChange): Promise<string>;
  /** The state of each of the tenant's backups, by id. */
  states(): Promise<Record<string, string>>;
}

export interface BackupChange {
  policyId?: string | null;
  systemId?: string;
  trigger?: string;
  proven?: string;
  number?: number;
  pinned?: boolean;
  pinnedUntil?: Date;
  retentionHeld?: boolean;
  origin?: "run" | "import" | "rebuild";
  authenticity?: "own" | "signed" | "foreign";
  status?: string;
  trashedAt?: Date;
  /** Where its copies lie; each stored unless a status is named. */
  copies?: Record<string, string>;
}

/** Reads the tenant's first things. */
export async function createBackupFixture(tenant: TestTenant): Promise<BackupFixture> {
  const first = await withTenant(tenant.id, async (db) => ({
    policyId: (await db.policy.findFirstOrThrow()).id,
    systemId: (await db.system.findFirstOrThrow()).id,
    destinationId: (await db.destination.findFirstOrThrow()).id,
    keyId: (await db.key.findFirstOrThrow()).id,
  }));
  return {
    tenant,
    ...first,
    backup: (daysOld, change = {}) => makeBackup(tenant.id, first, new Date(Date.now() - daysOld * 86_400_000), change),
    states: () =>
      withTenant(tenant.id, async (db) => {
        const rows = await db.backup.findMany({ select: { id: true, status: true } });
        return Object.fromEntries(rows.map(({ id, status }) => [id, status]));
      }),
  };
}

type First = { policyId: string; systemId: string; destinationId: string; keyId: string };

async function makeBackup(tenantId: string, first: First, createdAt: Date, change: BackupChange): Promise<string> {
  const { copies = { [first.destinationId]: "stored" }, origin = "run", ...rest } = change;
  const { keyId } = first;
  const [id, runId] = [newId("backup"), newId("run")];
  const { systemId, policyId, trigger } = { systemId: first.systemId, policyId: first.policyId, trigger: "schedule", ...rest };
  const run = { id: runId, policyId, systemId, trigger, dueAt: createdAt, status: "completed", backupId: id, destinationIds: [] };
  await withTenant(tenantId, async (db) => {
    if (origin === "run") await db.run.createMany({ data: [run] });
    const fixed = { attempt: 1, status: "completed", proven: "valid", formatVersion: 1, sizeBytes: 1n, plaintextBytes: 1n, entryCount: 1 };
    const words = {
      systemKind: "tenant-configuration",
      systemName: `System ${systemId.slice(-4)}`,
      productVersion: "0",
      notInBackup: [],
      sha256: "",
    };
    const own = { id, runId: origin === "run" ? runId : null, origin, createdAt, keyId, systemId, policyId, trigger };
    await db.backup.createMany({ data: [{ ...fixed, ...words, ...own, ...rest }] });
    const keys = objectKeysOf({ tenantId, systemId, backupId: id, createdAt, isEncrypted: true });
    await db.backupCopy.createMany({
      data: Object.entries(copies).map(([destinationId, status]) => ({ backupId: id, destinationId, ...keys, status })),
    });
  });
  return id;
}
