import { splitSecrets } from "#lib/connectors/fields.ts";
import { getDestinationConnector } from "#lib/connectors/registry.ts";
import { requireValid } from "#lib/connectors/require-valid.ts";
import type { Transaction } from "#lib/db/client.ts";
import { operation } from "#lib/operation.ts";
import { destinationSchema, updateDestinationInput } from "#lib/destinations/schemas.ts";
import { destinationOrThrow } from "#lib/destinations/get-destination.ts";
import { type TriedDestination, tryStoredDestination } from "#lib/destinations/try-destination.ts";
import { sealSecrets } from "#lib/tenants/data-key.ts";

export const updateDestination = operation({
  name: "updateDestination",
  summary: "Renames a destination or changes its configuration, which is tried again on the server.",
  http: { method: "PATCH", path: "/destinations/{id}" },
  permission: "destinations.write",
  input: updateDestinationInput,
  output: destinationSchema,
  audit: (destination, input) => ({
    action: "destination.changed",
    subjectKind: "destination",
    subjectId: destination.id,
    subjectLabel: destination.name,
    detail: { changed: [...(input.name === undefined ? [] : ["name"]), ...(input.config === undefined ? [] : ["configuration"])] },
  }),
  changes: ["destinations"],
  changesConfiguration: true,
  prepare: async ({ tenant }, { id, config }) => {
    if (config === undefined) return null;
    const tried = await tryStoredDestination(tenant.id, id, config);
    requireValid(tried.result, tried.config);
    return tried;
  },
  run: async (db, _context, { id, name }, tried) => {
    await destinationOrThrow(db, id);
    const data = { ...(name === undefined ? {} : { name }), ...(tried ? await columnsOf(db, id, tried) : {}) };
    await db.destination.updateMany({ where: { id }, data });
    return destinationOrThrow(db, id);
  },
});

async function columnsOf(db: Transaction, id: string, tried: TriedDestination) {
  const { config, secrets } = splitSecrets(getDestinationConnector(tried.kind), tried.config);
  return { config: config as object, sealedSecrets: await sealSecrets(db, id, secrets) };
}
