import { parseConfig } from "#lib/connectors/parse-config.ts";
import { getDestinationConnector } from "#lib/connectors/registry.ts";
import type { ConnectorConfig } from "#lib/connectors/fields.ts";
import type { ValidationResult } from "#lib/connectors/connector.ts";
import { validateDestination as tryConnector } from "#lib/connectors/validate-destination.ts";
import { VALIDATION_TIMEOUT_MS } from "#lib/connectors/validation-schemas.ts";
import { connectorContext } from "#lib/destinations/open-destination.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { NotFoundError } from "#lib/errors.ts";
import { openSecrets } from "#lib/tenants/data-key.ts";

/** A configuration that parsed, and what trying it for real showed. */
export interface TriedDestination {
  kind: string;
  /** With secrets: for sealing only. */
  config: ConnectorConfig;
  result: ValidationResult;
}

/** Parses and tries a configuration that is not stored yet. Throws InvalidInputError for what does not parse. */
export async function tryDestination(tenantId: string, kind: string, given: ConnectorConfig): Promise<TriedDestination> {
  const connector = getDestinationConnector(kind);
  const config = parseConfig(connector, given);
  return {
    kind,
    config,
    result: await tryConnector(connector, config, connectorContext(tenantId, AbortSignal.timeout(VALIDATION_TIMEOUT_MS))),
  };
}

/** Tries a stored destination, with `given` in place of its configuration where there is one. Stored secrets serve the stored address only. */
export async function tryStoredDestination(tenantId: string, id: string, given?: ConnectorConfig): Promise<TriedDestination> {
  const stored = await withTenant(tenantId, async (db) => {
    const row = await db.destination.findFirst({ where: { id, deletedAt: null } });
    if (!row) throw new NotFoundError("destination");
    return { kind: row.kind, config: row.config as ConnectorConfig, secrets: await openSecrets(db, row) };
  });
  const connector = getDestinationConnector(stored.kind);
  const config = parseConfig(connector, given ?? stored.config, stored);
  return {
    kind: stored.kind,
    config,
    result: await tryConnector(connector, config, connectorContext(tenantId, AbortSignal.timeout(VALIDATION_TIMEOUT_MS))),
  };
}
