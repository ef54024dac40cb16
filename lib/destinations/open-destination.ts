import type { ConnectorContext, DestinationSession } from "#lib/connectors/connector.ts";
import { type ConnectorConfig, mergeSecrets } from "#lib/connectors/fields.ts";
import { type AnyDestinationConnector, getDestinationConnector } from "#lib/connectors/registry.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { env } from "#lib/env.ts";
import { NotFoundError } from "#lib/errors.ts";
import { addressGuard, localRootsOf } from "#lib/installation.ts";
import { openSecrets } from "#lib/tenants/data-key.ts";

/** Connects to a destination of the tenant. Deleted ones open too: old backups stay readable where they lie. The caller closes it. */
export async function openDestination(tenantId: string, destinationId: string, signal: AbortSignal): Promise<DestinationSession> {
  const { connector, config } = await loadDestination(tenantId, destinationId);
  return connector.open(config, connectorContext(tenantId, signal));
}

interface LoadedDestination {
  connector: AnyDestinationConnector;
  /** With the secrets opened. */
  config: ConnectorConfig;
  name: string;
  /** Of its instance mark. */
  instanceEpoch: number;
}

/** A destination's connector, and its configuration with the secrets opened. */
export async function loadDestination(tenantId: string, destinationId: string): Promise<LoadedDestination> {
  return withTenant(tenantId, (db) => readDestination(db, destinationId));
}

/** The same in the caller's transaction. */
export async function readDestination(db: Transaction, destinationId: string): Promise<LoadedDestination> {
  const row = await db.destination.findFirst({ where: { id: destinationId } });
  if (!row) throw new NotFoundError("destination");
  const connector = getDestinationConnector(row.kind);
  const config = connector.config.parse(mergeSecrets(connector, row.config as ConnectorConfig, await openSecrets(db, row)));
  return { connector, config, name: row.name, instanceEpoch: row.instanceEpoch };
}

/** What a connector works with on behalf of a tenant. */
export function connectorContext(tenantId: string, signal: AbortSignal): ConnectorContext {
  const { HOLDFAST_CONNECT_TIMEOUT_SECONDS: connect, HOLDFAST_IDLE_TIMEOUT_SECONDS: idle } = env();
  const timeouts = { connectMs: connect * 1000, idleMs: idle * 1000 };
  return { signal, network: addressGuard(), localRoots: localRootsOf(tenantId), timeouts };
}
