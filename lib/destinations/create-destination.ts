import { splitSecrets } from "#lib/connectors/fields.ts";
import { getDestinationConnector } from "#lib/connectors/registry.ts";
import { requireValid } from "#lib/connectors/require-valid.ts";
import { newId } from "#lib/ids.ts";
import { operation } from "#lib/operation.ts";
import { createDestinationInput, destinationSchema } from "#lib/destinations/schemas.ts";
import { destinationOrThrow } from "#lib/destinations/get-destination.ts";
import { tryDestination } from "#lib/destinations/try-destination.ts";
import { sealSecrets } from "#lib/tenants/data-key.ts";

export const createDestination = operation({
  name: "createDestination",
  summary: "Connects a destination. It is tried again on the server; a failing step answers 422 with all steps.",
  http: { method: "POST", path: "/destinations", status: 201 },
  permission: "destinations.write",
  input: createDestinationInput,
  output: destinationSchema,
  audit: (destination) => ({
    action: "destination.created",
    subjectKind: "destination",
    subjectId: destination.id,
    subjectLabel: destination.name,
    detail: { kind: destination.kind },
  }),
  changes: ["destinations"],
  changesConfiguration: true,
  prepare: async ({ tenant }, input) => {
    const tried = await tryDestination(tenant.id, input.kind, input.config);
    requireValid(tried.result, tried.config);
    return tried;
  },
  run: async (db, _context, input, tried) => {
    const id = newId("destination");
    const { config, secrets } = splitSecrets(getDestinationConnector(tried.kind), tried.config);
    const data = { id, name: input.name, kind: tried.kind, config: config as object, sealedSecrets: await sealSecrets(db, id, secrets) };
    await db.destination.createMany({ data: [data] });
    return destinationOrThrow(db, id);
  },
});
