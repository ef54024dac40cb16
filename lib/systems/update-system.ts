import { splitSecrets } from "#lib/connectors/fields.ts";
import { getSystemConnector } from "#lib/connectors/registry.ts";
import { requireValid } from "#lib/connectors/require-valid.ts";
import type { Transaction } from "#lib/db/client.ts";
import { operation } from "#lib/operation.ts";
import { systemSchema, updateSystemInput } from "#lib/systems/schemas.ts";
import { systemOrThrow } from "#lib/systems/get-system.ts";
import { type TriedSystem, tryStoredSystem } from "#lib/systems/try-system.ts";
import { sealSecrets } from "#lib/tenants/data-key.ts";

export const updateSystem = operation({
  name: "updateSystem",
  summary: "Renames a system or changes its configuration, which is tried again on the server.",
  http: { method: "PATCH", path: "/systems/{id}" },
  permission: "systems.write",
  input: updateSystemInput,
  output: systemSchema,
  audit: (system, input) => ({
    action: "system.changed",
    subjectKind: "system",
    subjectId: system.id,
    subjectLabel: system.name,
    detail: { changed: [...(input.name === undefined ? [] : ["name"]), ...(input.config === undefined ? [] : ["configuration"])] },
  }),
  changes: ["systems"],
  changesConfiguration: true,
  prepare: async ({ tenant }, { id, config }) => {
    if (config === undefined) return null;
    const tried = await tryStoredSystem(tenant.id, id, config);
    requireValid(tried.result, tried.config);
    return tried;
  },
  run: async (db, _context, { id, name }, tried) => {
    await systemOrThrow(db, id);
    const data = { ...(name === undefined ? {} : { name }), ...(tried ? await columnsOf(db, id, tried) : {}) };
    await db.system.updateMany({ where: { id }, data });
    return systemOrThrow(db, id);
  },
});

async function columnsOf(db: Transaction, id: string, tried: TriedSystem) {
  const { config, secrets } = splitSecrets(getSystemConnector(tried.kind), tried.config);
  return { config: config as object, sealedSecrets: await sealSecrets(db, id, secrets) };
}
