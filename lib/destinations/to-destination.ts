import { type ConnectorConfig, settledConfig } from "#lib/connectors/fields.ts";
import { type AnyDestinationConnector, destinationConnectors } from "#lib/connectors/registry.ts";
import type { Transaction } from "#lib/db/client.ts";
import type { DestinationDto } from "#lib/destinations/schemas.ts";
import { storedSecretsOf } from "#lib/tenants/data-key.ts";

interface DestinationRow {
  id: string;
  name: string;
  kind: string;
  config: unknown;
  sealedSecrets: string | null;
  createdAt: Date;
}

/** Rows as the API shows them. */
export async function toDestinations(db: Transaction, rows: DestinationRow[]): Promise<DestinationDto[]> {
  const copies = await db.backupCopy.groupBy({
    by: ["destinationId"],
    where: { destinationId: { in: rows.map((row) => row.id) }, status: "stored", backup: { status: "completed" } },
    _count: true,
  });
  const counts = new Map(copies.map((group) => [group.destinationId, group._count]));
  return Promise.all(
    rows.map(async (row) => ({
      id: row.id,
      name: row.name,
      kind: row.kind,
      config: row.config as Record<string, unknown>,
      storedSecrets: await storedSecretsOf(db, destinationConnectors[row.kind], row),
      connectorInstalled: Object.hasOwn(destinationConnectors, row.kind),
      warnings: warningsOf(destinationConnectors[row.kind], row.config as ConnectorConfig),
      copyCount: counts.get(row.id) ?? 0,
      createdAt: row.createdAt.toISOString(),
    })),
  );
}

/** What a person should read before trusting a configuration; nothing where no connector of that kind is installed. */
export function warningsOf(connector: AnyDestinationConnector | undefined, config: ConnectorConfig): string[] {
  return connector?.warnings?.(settledConfig(connector, config)) ?? [];
}
