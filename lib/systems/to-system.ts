import { systemConnectors } from "#lib/connectors/registry.ts";
import { lastBackupsOf } from "#lib/backups/last-backups.ts";
import type { Transaction } from "#lib/db/client.ts";
import type { SystemDto } from "#lib/systems/schemas.ts";
import { storedSecretsOf } from "#lib/tenants/data-key.ts";

interface SystemRow {
  id: string;
  name: string;
  kind: string;
  config: unknown;
  sealedSecrets: string | null;
  systemVersion: string | null;
  createdAt: Date;
}

/** Rows as the API shows them. */
export async function toSystems(db: Transaction, rows: SystemRow[]): Promise<SystemDto[]> {
  const lastBackups = await lastBackupsOf(
    db,
    rows.map((row) => row.id),
  );
  return Promise.all(
    rows.map(async (row) => {
      const last = lastBackups.get(row.id);
      return {
        id: row.id,
        name: row.name,
        kind: row.kind,
        config: row.config as Record<string, unknown>,
        storedSecrets: await storedSecretsOf(db, systemConnectors[row.kind], row),
        version: row.systemVersion,
        connectorInstalled: Object.hasOwn(systemConnectors, row.kind),
        lastBackup: last ? { id: last.id, createdAt: last.createdAt.toISOString(), proven: last.proven } : null,
        maintenance: null,
        createdAt: row.createdAt.toISOString(),
      };
    }),
  );
}
