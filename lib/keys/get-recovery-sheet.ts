import type { ConnectorConfig } from "#lib/connectors/fields.ts";
import { destinationConnectors } from "#lib/connectors/registry.ts";
import type { Transaction } from "#lib/db/client.ts";
import { idInput } from "#lib/http/fields.ts";
import { localRootsOf } from "#lib/installation.ts";
import { describePlace } from "#lib/keys/describe-place.ts";
import { recoverySheetSchema } from "#lib/keys/schemas.ts";
import { getKeyOrThrow, toKey } from "#lib/keys/to-key.ts";
import { operation, requirePermission } from "#lib/operation.ts";

export const getRecoverySheet = operation({
  name: "getRecoverySheet",
  summary: "What to print and put away for the day on which this installation is gone: where everything lies and how it opens. No secret.",
  http: { method: "GET", path: "/keys/{id}/sheet" },
  permission: "keys.read",
  input: idInput,
  output: recoverySheetSchema,
  audit: "nothing: reading",
  run: async (db, context, { id }) => {
    requirePermission(context, "destinations.read");
    const key = await getKeyOrThrow(db, id);
    const { signingPublicKey } = await db.tenant.findFirstOrThrow({ select: { signingPublicKey: true } });
    return {
      tenantName: context.tenant.name,
      key: toKey(key),
      signingPublicKey: key.signingPublicKey ?? signingPublicKey,
      places: (await placesOf(db, id)).map((destination) => {
        const connector = destinationConnectors[destination.kind];
        const copy = key.copies.find(
          ({ destinationId, version, status }) =>
            destinationId === destination.id && version === key.protectionVersion && status !== "deleting",
        );
        return {
          destinationId: destination.id,
          name: destination.name,
          kindLabel: connector?.label ?? destination.kind,
          place: connector ? describePlace(connector, destination.config as ConnectorConfig, localRootsOf(context.tenant.id)) : [],
          archivesBelow: `${destination.copies[0]?.objectKey.split("/")[0] ?? context.tenant.id}/`,
          keyFileObject: copy?.objectKey ?? null,
        };
      }),
    };
  },
});

/** Where backups under the key lie; before the first one, where they may come to lie. */
async function placesOf(db: Transaction, keyId: string) {
  const underKey = { status: "stored", backup: { keyId, status: "completed" } };
  const include = { copies: { where: underKey, take: 1, select: { objectKey: true } } } as const;
  const orderBy = { name: "asc" } as const;
  const holding = await db.destination.findMany({ where: { copies: { some: underKey } }, include, orderBy });
  return holding.length > 0 ? holding : db.destination.findMany({ where: { deletedAt: null }, include, orderBy });
}
