import type { Transaction } from "#lib/db/client.ts";
import { NotFoundError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { systemSchema } from "#lib/systems/schemas.ts";
import { toSystems } from "#lib/systems/to-system.ts";

export const getSystem = operation({
  name: "getSystem",
  summary: "One system.",
  http: { method: "GET", path: "/systems/{id}" },
  permission: "systems.read",
  input: idInput,
  output: systemSchema,
  audit: "nothing: a look at what everyone may see",
  run: async (db, _context, { id }) => systemOrThrow(db, id),
});

/** The system as the API shows it. Throws NotFoundError when it is absent or deleted. */
export async function systemOrThrow(db: Transaction, id: string) {
  const row = await db.system.findFirst({ where: { id, deletedAt: null } });
  const [system] = row ? await toSystems(db, [row]) : [];
  if (!system) throw new NotFoundError("system");
  return system;
}
