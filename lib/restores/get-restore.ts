import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";
import { restoreSchema } from "#lib/restores/schemas.ts";
import { shownTo } from "#lib/restores/shown-to.ts";
import { getRestoreOrThrow, toRestore } from "#lib/restores/to-restore.ts";

export const getRestore = operation({
  name: "getRestore",
  summary: "Shows one restore: its plan in words, its progress, its report.",
  http: { method: "GET", path: "/restores/{id}" },
  permission: "restores.read",
  input: idInput,
  output: restoreSchema,
  audit: "nothing: reading",
  run: async (db, context, { id }) => shownTo(context, toRestore(await getRestoreOrThrow(db, id))),
});
