import { page, pageQuery } from "#lib/http/paging.ts";
import { operation } from "#lib/operation.ts";
import { listRestoresInput, restoreListSchema } from "#lib/restores/schemas.ts";
import { shownTo } from "#lib/restores/shown-to.ts";
import { toRestore, withBackupNames } from "#lib/restores/to-restore.ts";

export const listRestores = operation({
  name: "listRestores",
  summary: "Lists restores, planned and carried out, newest first.",
  http: { method: "GET", path: "/restores" },
  permission: "restores.read",
  input: listRestoresInput,
  output: restoreListSchema,
  audit: "nothing: reading",
  run: async (db, context, input) => {
    const { items, nextCursor } = page(await db.restore.findMany({ ...pageQuery(input), include: withBackupNames }), input.limit);
    return { items: items.map((row) => shownTo(context, toRestore(row))), nextCursor };
  },
});
