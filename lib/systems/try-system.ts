import { parseConfig } from "#lib/connectors/parse-config.ts";
import { getSystemConnector } from "#lib/connectors/registry.ts";
import type { ConnectorConfig } from "#lib/connectors/fields.ts";
import type { ValidationResult } from "#lib/connectors/connector.ts";
import { VALIDATION_TIMEOUT_MS } from "#lib/connectors/validation-schemas.ts";
import { systemContext } from "#lib/systems/load-system.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { NotFoundError } from "#lib/errors.ts";
import { openSecrets } from "#lib/tenants/data-key.ts";

/** A configuration that parsed, and what trying it for real showed. */
export interface TriedSystem {
  kind: string;
  /** With secrets: for sealing only. */
  config: ConnectorConfig;
  result: ValidationResult;
}

/** Parses and tries a configuration that is not stored yet. Throws InvalidInputError for what does not parse. */
export async function trySystem(tenantId: string, kind: string, given: ConnectorConfig): Promise<TriedSystem> {
  const connector = getSystemConnector(kind);
  const config = parseConfig(connector, given);
  return { kind, config, result: await connector.validate(config, systemContext(tenantId, AbortSignal.timeout(VALIDATION_TIMEOUT_MS))) };
}

/** Tries a stored system, with `given` in place of its configuration where there is one. Stored secrets serve the stored address only. */
export async function tryStoredSystem(tenantId: string, id: string, given?: ConnectorConfig): Promise<TriedSystem> {
  const stored = await withTenant(tenantId, async (db) => {
    const row = await db.system.findFirst({ where: { id, deletedAt: null } });
    if (!row) throw new NotFoundError("system");
    return { kind: row.kind, config: row.config as ConnectorConfig, secrets: await openSecrets(db, row) };
  });
  const connector = getSystemConnector(stored.kind);
  const config = parseConfig(connector, given ?? stored.config, stored);
  return {
    kind: stored.kind,
    config,
    result: await connector.validate(config, systemContext(tenantId, AbortSignal.timeout(VALIDATION_TIMEOUT_MS))),
  };
}
