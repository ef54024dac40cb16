import type { SystemContext } from "#lib/connectors/connector.ts";
import { type ConnectorConfig, mergeSecrets } from "#lib/connectors/fields.ts";
import { type AnySystemConnector, getSystemConnector } from "#lib/connectors/registry.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { connectorContext } from "#lib/destinations/open-destination.ts";
import { ConflictError, NotFoundError } from "#lib/errors.ts";
import { createConfigurationStore } from "#lib/tenants/configuration-store.ts";
import { openSecrets } from "#lib/tenants/data-key.ts";

export interface LoadedSystem {
  row: { id: string; name: string; kind: string; version: string | null };
  connector: AnySystemConnector;
  /** With the secrets opened. */
  config: ConnectorConfig;
}

/** A system's connector, and its configuration with the secrets opened. Throws NotFoundError for a deleted one, ConflictError "connection-incomplete". */
export async function loadSystem(tenantId: string, systemId: string): Promise<LoadedSystem> {
  return withTenant(tenantId, async (db) => {
    const row = await db.system.findFirst({ where: { id: systemId, deletedAt: null } });
    if (!row) throw new NotFoundError("system");
    const connector = getSystemConnector(row.kind);
    const config = connector.config.safeParse(mergeSecrets(connector, row.config as ConnectorConfig, await openSecrets(db, row)));
    if (!config.success) throw incomplete(row.name);
    return { row: { id: row.id, name: row.name, kind: row.kind, version: row.systemVersion }, connector, config: config.data };
  });
}

/** One that was found in a destination comes without its connection, and one out of a configuration without its credentials. */
function incomplete(name: string): ConflictError {
  return new ConflictError(
    `How to connect to “${name}” is not complete. Edit the system, fill it in, then try again.`,
    "connection-incomplete",
  );
}

/** What a system's connector works with on behalf of a tenant. */
export function systemContext(tenantId: string, signal: AbortSignal): SystemContext {
  return { ...connectorContext(tenantId, signal), configuration: createConfigurationStore(tenantId) };
}
