import { systemConnectors } from "#lib/connectors/registry.ts";
import { overdueSince } from "#lib/alarms/overdue.ts";
import { lastBackupsOf, lastGoodBackupsOf } from "#lib/backups/last-backups.ts";
import { databaseNow } from "#lib/clock/database-now.ts";
import type { Transaction } from "#lib/db/client.ts";
import { promisesOf } from "#lib/runs/overview-facts.ts";
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
  const ids = rows.map((row) => row.id);
  const lastBackups = await lastBackupsOf(db, ids);
  const good = await lastGoodBackupsOf(db, ids);
  const promises = await promisesOf(db, ids);
  const now = await databaseNow(db);
  return Promise.all(
    rows.map(async (row) => {
      const last = lastBackups.get(row.id);
      const promise = promises.bySystem.get(row.id);
      const overdue = promise ? overdueSince(promise, good.get(row.id)?.createdAt ?? null, now) : null;
      return {
        id: row.id,
        name: row.name,
        kind: row.kind,
        config: row.config as Record<string, unknown>,
        storedSecrets: await storedSecretsOf(db, systemConnectors[row.kind], row),
        version: row.systemVersion,
        connectorInstalled: Object.hasOwn(systemConnectors, row.kind),
        lastBackup: last ? { id: last.id, createdAt: last.createdAt.toISOString(), proven: last.proven } : null,
        overdueSince: overdue?.toISOString() ?? null,
        maintenance: null,
        createdAt: row.createdAt.toISOString(),
      };
    }),
  );
}
