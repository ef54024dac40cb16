import { splitSecrets } from "#lib/connectors/fields.ts";
import { getSystemConnector } from "#lib/connectors/registry.ts";
import { requireValid } from "#lib/connectors/require-valid.ts";
import type { Transaction } from "#lib/db/client.ts";
import { ConflictError } from "#lib/errors.ts";
import { newId } from "#lib/ids.ts";
import { operation } from "#lib/operation.ts";
import { createSystemInput, systemSchema } from "#lib/systems/schemas.ts";
import { systemOrThrow } from "#lib/systems/get-system.ts";
import { trySystem } from "#lib/systems/try-system.ts";
import { sealSecrets } from "#lib/tenants/data-key.ts";

export const createSystem = operation({
  name: "createSystem",
  summary: "Connects a system. It is tried again on the server; a failing step answers 422 with all steps.",
  http: { method: "POST", path: "/systems", status: 201 },
  permission: "systems.write",
  input: createSystemInput,
  output: systemSchema,
  audit: (system) => ({
    action: "system.created",
    subjectKind: "system",
    subjectId: system.id,
    subjectLabel: system.name,
    detail: { kind: system.kind },
  }),
  changes: ["systems"],
  changesConfiguration: true,
  prepare: async ({ tenant }, input) => {
    const tried = await trySystem(tenant.id, input.kind, input.config);
    requireValid(tried.result, tried.config);
    return tried;
  },
  run: async (db, _context, input, tried) => {
    await refuseSecondConfiguration(db, tried.kind);
    const id = newId("system");
    const { config, secrets } = splitSecrets(getSystemConnector(tried.kind), tried.config);
    const data = { id, name: input.name, kind: tried.kind, config: config as object, sealedSecrets: await sealSecrets(db, id, secrets) };
    await db.system.createMany({ data: [data] });
    return systemOrThrow(db, id);
  },
});

async function refuseSecondConfiguration(db: Transaction, kind: string): Promise<void> {
  if (kind !== "tenant-configuration") return;
  const existing = await db.system.findFirst({ where: { kind, deletedAt: null }, select: { name: true } });
  if (existing) throw new ConflictError(`This tenant's configuration is already connected as “${existing.name}”.`, "already-connected");
}
