import { appendAudit } from "#lib/db/audit.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { createManagedKey } from "#lib/keys/create-managed-key.ts";

/**
 * Gives a new tenant what it starts with: a managed key until there is a passphrase, the system "This tenant's
 * configuration", the destination "This machine", and the policy "Daily" at 01:00 UTC that keeps 30 (UIP-3, UIP-6).
 * A tenant that has a key is left as it is, so it may be called again after a crash between the two steps.
 */
export async function finishTenant(tenantId: string): Promise<void> {
  await withTenant(tenantId, async (db) => {
    if (await db.key.findFirst({ select: { id: true } })) return;
    await createManagedKey(db);
    const systemId = await createSystem(db);
    const destinationId = await createDestination(db);
    const policyId = await createPolicy(db, systemId, destinationId);
    const actor = { kind: "system" as const, id: null, label: "first start", address: null };
    await appendAudit(db, tenantId, actor, { action: "tenant.prepared", detail: { systemId, destinationId, policyId } });
  });
}

async function createSystem(db: Transaction): Promise<string> {
  const id = newId("system");
  await db.system.createMany({ data: [{ id, name: "This tenant's configuration", kind: "tenant-configuration", config: {} }] });
  return id;
}

async function createDestination(db: Transaction): Promise<string> {
  const id = newId("destination");
  await db.destination.createMany({ data: [{ id, name: "This machine", kind: "local", config: { path: "." } }] });
  return id;
}

async function createPolicy(db: Transaction, systemId: string, destinationId: string): Promise<string> {
  const id = newId("policy");
  const schedule = { kind: "daily", at: "01:00", timeZone: "UTC" };
  await db.policy.createMany({ data: [{ id, name: "Daily", schedule, retention: { keepLast: 30 } }] });
  await db.policySystem.createMany({ data: [{ policyId: id, systemId }] });
  await db.policyDestination.createMany({ data: [{ policyId: id, destinationId }] });
  return id;
}
