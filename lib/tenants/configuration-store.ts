import type { ConfigurationStore } from "#lib/connectors/configuration-store.ts";
import type { AuditActor } from "#lib/db/audit.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { applyConfiguration } from "#lib/tenants/apply-configuration.ts";
import { objectionsTo } from "#lib/tenants/objections.ts";
import { readConfiguration } from "#lib/tenants/read-configuration.ts";

const holdfast: AuditActor = { kind: "system", id: null, label: "Holdfast", address: null };

/** A tenant's own configuration, for the connector that keeps it. What it applies is written to the audit log as done by `actor`. */
export function createConfigurationStore(tenantId: string, actor: AuditActor = holdfast): ConfigurationStore {
  return {
    read: () => withTenant(tenantId, readConfiguration, { isolationLevel: "RepeatableRead" }),
    objections: (wanted) => withTenant(tenantId, (db) => objectionsTo(db, wanted)),
    apply: (wanted) => withTenant(tenantId, (db) => applyConfiguration(db, { tenantId, wanted, actor })),
  };
}
